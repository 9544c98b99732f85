/**
 * The body of a webhook: `{event, timestamp, data}`, the third and current of Chirp's generations. An unknown
 * value is null and never omitted. The snapshot determines everything, including the timestamp, so every
 * attempt sends the same bytes.
 */
import { findDialectEvent } from "../../../core/events/dialect-events.ts";
import { AppError } from "../../../core/error.ts";
import { stringifyJson } from "../../../core/json/json.ts";
import type { Rendered } from "../../../core/events/rendered.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { isoOrNull } from "../iso-time.ts";
import { messageData } from "./message-data.ts";
import { accountData, contactData, templateData } from "./subject-data.ts";

/** Refuses with `internal` a type for which Chirp has no event. */
export function render(snapshot: Snapshot): Rendered {
  const event = findDialectEvent("chirp", snapshot);
  const subject = event === null ? null : findSubject(event, snapshot);
  if (event === null || subject === null)
    throw new AppError("internal", `Chirp has no event for ${snapshot.type}.`);
  const app = { id: snapshot.appId, name: snapshot.account?.name ?? "" };
  const timestamp = isoOrNull(snapshot.occurredAt);
  return {
    body: stringifyJson({ event, timestamp, data: { ...subject, app } }),
    contentType: "application/json",
    headers: { "hookline-event-type": event },
    query: null,
    dedupeId: snapshot.eventId,
  };
}

function findSubject(event: string, snapshot: Snapshot): object | null {
  if (event.startsWith("messages.")) return messageData(event, snapshot);
  if (event.startsWith("contacts.")) return contactData(event, snapshot);
  if (event.startsWith("templates.")) return templateData(event, snapshot);
  return accountData(snapshot);
}
