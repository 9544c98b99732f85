/**
 * Zipwhip's webhooks: one flat JSON object by POST or PUT, the same fields in the query by GET. A header
 * names the event, because the body does not and typed receivers allow no further key in it. Only the method
 * depends on the endpoint, so every attempt sends the same bytes (I2).
 */
import { findDialectEvent } from "../../../core/events/dialect-events.ts";
import { AppError } from "../../../core/error.ts";
import type { Rendered } from "../../../core/events/rendered.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { Dialect, DialectSettings } from "../../dialect.ts";
import { DEFAULT_GENERATION, GENERATIONS } from "./generation.ts";
import type { Generation } from "./generation.ts";
import { messageFields } from "./message-body.ts";
import { optOutFields } from "./optout-body.ts";
import { printJson, printQuery } from "./print-fields.ts";
import type { Field } from "./print-fields.ts";

/** Refuses with `internal`, by name, a type for which Zipwhip has no event. */
export function createRender(settings: DialectSettings): Dialect["render"] {
  const namesUserAgent = settings.zipwhipUserAgent === "documented";
  return (snapshot, { method }): Rendered => {
    const event = findDialectEvent("zipwhip", snapshot);
    if (event === null) {
      throw new AppError("internal", `Zipwhip has no event for ${snapshot.type}.`);
    }
    const generation = snapshot.line?.payloadGeneration ?? DEFAULT_GENERATION;
    const { contentType, userAgent } = GENERATIONS[generation];
    const fields = toFields(snapshot, generation);
    const isQuery = method === "GET";
    return {
      body: isQuery ? null : printJson(fields),
      contentType,
      headers: {
        "hookline-event-type": event,
        ...(namesUserAgent ? { "user-agent": userAgent } : undefined),
      },
      query: isQuery ? printQuery(fields) : null,
      dedupeId: snapshot.eventId,
    };
  };
}

function toFields(snapshot: Snapshot, generation: Generation): readonly Field[] {
  if (snapshot.type === "optout.changed") return optOutFields(snapshot, generation);
  const { message, contact, line, conversation } = snapshot;
  if (message === null) throw new AppError("internal", `A ${snapshot.type} without its message.`);
  return messageFields({ message, contact, line, conversation }, generation);
}
