/**
 * Removes the content of events and keeps the events: payload, participants of the snapshot, the text of the
 * message that an event created, attachments. Their pending deliveries cannot be rendered any more: they fail
 * and stay visible.
 */
import type { Message } from "../../../core/snapshot.ts";
import { readMessage, readParticipants, writeMessage } from "../../accept/snapshot-text.ts";
import { endPending, type PendingDelivery } from "../queue/end-pending.ts";
import { toLeastId } from "../history/time-position.ts";
import type { Tx } from "../types.ts";

export async function blankEvents(
  tx: Tx,
  p: { eventSeqs: readonly number[]; now: number },
): Promise<void> {
  if (p.eventSeqs.length === 0) return;
  const seqs = p.eventSeqs.toSorted((a, b) => a - b);
  // A running replay has locked its event, so the deliveries that it makes due are found below.
  await tx.sql("SELECT 1 FROM event WHERE seq = ANY ($1::bigint[]) ORDER BY seq FOR UPDATE", [
    seqs,
  ]);
  await blankMessages(tx, seqs);
  await tx.run("DELETE FROM attachment WHERE event_seq = ANY ($1::bigint[])", [seqs]);
  await tx.run(
    `UPDATE event SET payload = NULL, participants = NULL, expunge_at = NULL
     WHERE seq = ANY ($1::bigint[])`,
    [seqs],
  );
  await endStillPending(tx, seqs, p.now);
}

/**
 * Blanks messages only with the event that created them; an event that reports on a message later does not
 * own its text. A message without a record is stored in the participants of its event, which are removed.
 */
async function blankMessages(tx: Tx, eventSeqs: readonly number[]): Promise<void> {
  const rows = await tx.sql<{
    eventSeq: number;
    record: string | null;
    participants: string | null;
  }>(
    `SELECT message.event_seq, record, CASE WHEN record IS NULL THEN participants END AS participants
     FROM message JOIN event ON event.seq = message.event_seq
     WHERE message.event_seq = ANY ($1::bigint[]) ORDER BY message.event_seq FOR UPDATE OF message`,
    [eventSeqs],
  );
  const blank = rows.flatMap(({ eventSeq, record, participants }) => {
    const message =
      record === null ? readParticipants(participants, null).message : readMessage(record);
    return message === null ? [] : [{ eventSeq, record: blankRecord(message) }];
  });
  if (blank.length === 0) return;
  await tx.run(
    `UPDATE message SET record = blank.record
     FROM unnest($1::bigint[], $2::text[]) AS blank (event_seq, record)
     WHERE message.event_seq = blank.event_seq`,
    [blank.map(({ eventSeq }) => eventSeq), blank.map(({ record }) => record)],
  );
}

function blankRecord(message: Message): string {
  const blank = { ...message, text: "", media: [], textAttachment: null };
  return writeMessage(blank, { withText: true });
}

async function endStillPending(tx: Tx, eventSeqs: readonly number[], now: number): Promise<void> {
  const pending = await tx.sql<PendingDelivery & { status: string }>(
    `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key, status
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE event_seq = ANY ($1::bigint[]) AND delivery.seq >= $2 AND state = 0
     ORDER BY delivery.seq FOR UPDATE OF delivery`,
    [eventSeqs, toLeastId(eventSeqs[0] as number)],
  );
  // Pending deliveries of a deleted endpoint are already cancelled; they are only not folded yet.
  const cancelled = pending.filter(({ status }) => status === "deleted");
  const failed = pending.filter(({ status }) => status !== "deleted");
  await endPending(tx, failed, { state: "failed", reason: "content_expunged", now });
  await endPending(tx, cancelled, { state: "cancelled", reason: null, now });
}
