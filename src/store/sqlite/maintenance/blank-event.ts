/**
 * Deletes the content of an event and keeps the event. The content is the payload, the participants of its
 * snapshot, the text of its message, and attachments. Its pending deliveries can no longer be rendered, so
 * they fail and stay visible.
 */
import { endPending, type PendingDelivery } from "../queue/end-pending.ts";
import type { Writer } from "../thread/writer-types.ts";

export function blankEvent(writer: Writer, p: { eventSeq: number; now: number }): void {
  const { eventSeq } = p;
  const event = writer
    .sql("SELECT participants ->> '$.message.snowflake' AS snowflake FROM event WHERE seq = ?")
    .get(eventSeq) as { snowflake: string | null } | undefined;
  if (event === undefined) return;
  if (event.snowflake !== null) {
    // Only for the event that created the message; a later report about it does not own its text. A message
    // without a record is in the participants, which are deleted below.
    writer
      .sql(
        `UPDATE message SET record = json_set(
           coalesce(record, (SELECT participants -> '$.message' FROM event WHERE seq = message.eventSeq)),
           '$.text', '', '$.media', json('[]'), '$.textAttachment', NULL)
         WHERE snowflake = ? AND eventSeq = ?`,
      )
      .run(BigInt(event.snowflake), eventSeq);
  }
  writer.sql("DELETE FROM attachment WHERE eventSeq = ?").run(eventSeq);
  writer
    .sql(`UPDATE event SET payload = NULL, participants = NULL, checksum = NULL, expungeAt = NULL
       WHERE seq = ?`)
    .run(eventSeq);
  const pending = writer
    .sql(
      `SELECT delivery.seq, endpointSeq, appSeq, fence, orderingKey, status
       FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
       WHERE eventSeq = ? AND state = 0`,
    )
    .all(eventSeq) as (PendingDelivery & { status: string })[];
  for (const delivery of pending) {
    // Deliveries of a deleted endpoint are cancelled already, but not folded yet.
    const end =
      delivery.status === "deleted"
        ? ({ state: "cancelled", reason: null } as const)
        : ({ state: "failed", reason: "content_expunged" } as const);
    endPending(writer, delivery, { ...end, now: p.now });
  }
}
