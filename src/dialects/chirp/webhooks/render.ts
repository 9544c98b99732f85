/**
 * The body of a webhook: `{event, timestamp, data}`, the third and current of Chirp's generations, or the form
 * of the first one (`older-body.ts`). An unknown value is null and never omitted. The snapshot determines
 * everything, including the timestamp, so every attempt sends the same bytes.
 */
import {
  findDialectEvent,
  findOlderName,
  OLDER_FORM,
} from "../../../core/events/dialect-events.ts";
import { AppError } from "../../../core/error.ts";
import { stringifyJson } from "../../../core/json/json.ts";
import type { Rendered } from "../../../core/events/rendered.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { isoOrNull } from "../iso-time.ts";
import { messageData } from "./message-data.ts";
import { olderBody } from "./older-body.ts";
import { accountData, contactData, templateData } from "./subject-data.ts";

/** Refuses with `internal` a type for which Chirp has no event, or no event of that form. */
export function render(snapshot: Snapshot, _endpoint: unknown = null, webhookIndex = 0): Rendered {
  const current = findDialectEvent("chirp", snapshot);
  const isOlder = webhookIndex === OLDER_FORM;
  const event = isOlder && current !== null ? findOlderName("chirp", current) : current;
  const body =
    event === null
      ? null
      : isOlder
        ? olderBody(event, snapshot.message)
        : currentBody(event, snapshot);
  if (event === null || body === null)
    throw new AppError("internal", `Chirp has no event for ${snapshot.type}.`);
  return {
    body: stringifyJson(body),
    contentType: "application/json",
    headers: { "hookline-event-type": event },
    query: null,
    dedupeId: snapshot.eventId,
  };
}

function currentBody(event: string, snapshot: Snapshot): object | null {
  const subject = findSubject(event, snapshot);
  if (subject === null) return null;
  const app = { id: snapshot.appId, name: snapshot.account?.name ?? "" };
  return { event, timestamp: isoOrNull(snapshot.occurredAt), data: { ...subject, app } };
}

function findSubject(event: string, snapshot: Snapshot): object | null {
  if (event.startsWith("messages.")) return messageData(event, snapshot);
  if (event.startsWith("contacts.")) return contactData(event, snapshot);
  if (event.startsWith("templates.")) return templateData(event, snapshot);
  return accountData(snapshot);
}
