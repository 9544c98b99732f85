/**
 * A native delivery: the payload byte for byte as it was published, under Standard Webhooks. The body need
 * not name its event type, so a header does. Only the three headers of Standard Webhooks are signed.
 */
import type { Rendered } from "../../../core/events/rendered.ts";
import type { Snapshot } from "../../../core/snapshot.ts";

/** Pure and total: every event type has one body, one webhook, and the event's id as the dedupe id. */
export function render(snapshot: Snapshot): Rendered {
  return {
    body: snapshot.payloadText,
    contentType: snapshot.contentType,
    headers: { "hookline-event-type": snapshot.type },
    query: null,
    dedupeId: snapshot.eventId,
  };
}
