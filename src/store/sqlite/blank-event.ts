/**
 * Taking the content of an event away and keeping the event: payload, the participants of its snapshot,
 * the text of the message it made, attachments. What is still owed of it cannot be rendered any
 * more and fails; it stays visible.
 */
import { endPending, type PendingDelivery } from "./end-pending.ts";
import type { Writer } from "./writer-types.ts";

export function blankEvent(writer: Writer, p: { eventSeq: number; now: number }): void {
  const { eventSeq } = p;
  const event = writer
    .sql("SELECT participants ->> '$.message.snowflake' AS snowflake FROM event WHERE seq = ?")
    .get(eventSeq) as { snowflake: string | null } | undefined;
  if (event === undefined) return;
  if (event.snowflake !== null) {
    // Only the event that made the message; one that reports on it later does not own its text. A
    // message without a record of its own is kept in the participants that go below.
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
  const owed = writer
    .sql(
      `SELECT delivery.seq, endpointSeq, appSeq, fence, orderingKey, status
       FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
       WHERE eventSeq = ? AND state = 0`,
    )
    .all(eventSeq) as (PendingDelivery & { status: string })[];
  for (const delivery of owed) {
    // What is owed to a deleted endpoint is cancelled already, only not folded yet.
    const end =
      delivery.status === "deleted"
        ? ({ state: "cancelled", reason: null } as const)
        : ({ state: "failed", reason: "content_expunged" } as const);
    endPending(writer, delivery, { ...end, now: p.now });
  }
}
