/**
 * Deletes content before its event: on request, after a shorter retention, or with a phone number. The content
 * is the payload, the participants of the snapshot, the text of the message that the event created, and
 * attachments. Answers of receivers may repeat the text, also in their headers, so they are deleted too. Pending deliveries can no
 * longer be rendered, so they fail and stay visible.
 */
import { DERIVED_OPT_OUT } from "../../core/events/derive.ts";
import { derivedId } from "../../core/ids/ids.ts";
import type { Message } from "../../core/snapshot.ts";
import { UNLISTED } from "../accept/listing.ts";
import { readMessage, writeRecord } from "../accept/snapshot-text.ts";
import { endPending } from "../queue/leave-pending.ts";
import type { PendingDelivery } from "../queue/queue-statements.ts";
import { forgetNames } from "../search/forget-names.ts";
import type { Steps, WriteSession } from "../session.ts";
import type { SweepContext } from "./sweep-context.ts";

/** Deliveries and attempts that one step of a call or of a task changes: about 10 ms of the writer. */
export const MOST_ROWS = 200;

type Blanking = { readonly eventSeqs: readonly number[]; readonly now: number };
type PendingRow = PendingDelivery & { readonly status: string };
type MessageRow = {
  readonly eventSeq: number;
  readonly record: string | null;
  readonly participants: string | null;
};

/**
 * Deletes the contents of events in steps, because one event may have 10,000 deliveries. A step ends and clears at
 * most `limit` rows of deliveries and attempts, and returns their number. The contents go with the last step, which
 * has fewer rows.
 */
export function* blankEvents(
  s: WriteSession,
  p: Blanking & { readonly limit: number },
): Steps<number> {
  if (p.eventSeqs.length === 0) return 0;
  const seqs = yield* lockEvents(s, p);
  const rows = yield* clearRows(s, seqs, p);
  if (rows < p.limit) yield* blankContents(s, seqs, null);
  return rows;
}

/** Deletes the contents of a few events at once. The sweep clears the rows that are too many for one step. */
export function* blankNow(s: WriteSession, p: Blanking): Steps<void> {
  if (p.eventSeqs.length === 0) return;
  const seqs = yield* lockEvents(s, p);
  const rows = yield* clearRows(s, seqs, { ...p, limit: MOST_ROWS });
  yield* blankContents(s, seqs, rows < MOST_ROWS ? null : p.now);
}

/** In their order. A running replay has locked its event, so the deliveries that it makes due are found later. */
function* lockEvents(s: WriteSession, { eventSeqs }: Blanking): Steps<readonly number[]> {
  const seqs = eventSeqs.toSorted((a, b) => a - b);
  const theEvents = s.sql.oneOf("event.seq", "?1", "bigint");
  yield* s.all(`SELECT 1 FROM event WHERE ${theEvents} ORDER BY seq ${s.sql.forUpdate}`, [seqs]);
  return seqs;
}

function* clearRows(
  s: WriteSession,
  seqs: readonly number[],
  { now, limit }: { readonly now: number; readonly limit: number },
): Steps<number> {
  const ended = yield* endStillPending(s, seqs, { now, limit });
  if (ended >= limit) return ended;
  const ofEvents = s.sql.oneOf("event_seq", "?1", "bigint");
  const cleared = yield* s.run(
    `UPDATE attempt SET response = NULL, detail = NULL WHERE seq >= ?2 AND seq IN
       (SELECT seq FROM attempt
        WHERE ${ofEvents} AND seq >= ?2 AND response IS NOT NULL LIMIT ?3)`,
    [seqs, s.leastDelivery(seqs[0] as number), limit - ended],
  );
  return ended + cleared;
}

/** The sweep continues with the rows of the events at `restAt`. */
function* blankContents(
  s: WriteSession,
  seqs: readonly number[],
  restAt: number | null,
): Steps<void> {
  yield* forgetNames(s, seqs, "content");
  yield* blankMessages(s, seqs);
  const ofEvents = s.sql.oneOf("event_seq", "?1", "bigint");
  yield* s.run(`DELETE FROM attachment WHERE ${ofEvents}`, [seqs]);
  const content = s.sql.contentColumns.map((column) => `${column} = NULL`).join(", ");
  const theEvents = s.sql.oneOf("event.seq", "?1", "bigint");
  yield* s.run(`UPDATE event SET ${content}, expunge_at = ?2 WHERE ${theEvents}`, [seqs, restAt]);
}

/** The event, and the opt-out that was derived from it and repeats its text. */
export function* withDerived(s: WriteSession, eventSeq: number): Steps<readonly number[]> {
  const event = yield* s.one<{ id: string }>("SELECT id FROM event WHERE seq = ?1", [eventSeq]);
  if (event === null) return [];
  const derived = yield* s.all<{ seq: number }>(
    "SELECT seq FROM event WHERE id = ?1 AND parent_seq = ?2",
    [derivedId(event.id, DERIVED_OPT_OUT), eventSeq],
  );
  return [eventSeq, ...derived.map(({ seq }) => seq)];
}

/**
 * Blanks messages only with the event that created them; an event that reports on a message later does not
 * own its text. A message without a record is in the participants of its event, which are deleted. Publishes
 * write messages in the same order, the order of their events.
 */
function* blankMessages(s: WriteSession, eventSeqs: readonly number[]): Steps<void> {
  const rows = yield* s.all<MessageRow>(
    `SELECT message.event_seq, record, CASE WHEN record IS NULL THEN participants END AS participants
     FROM event JOIN message ON ${s.sql.createdMessage}
     WHERE ${s.sql.oneOf("event.seq", "?1", "bigint")} ORDER BY event.seq ${s.sql.forUpdate}`,
    [eventSeqs],
  );
  const blank = rows.flatMap(({ eventSeq, ...row }) => {
    const message = readMessage({ ...row, payload: null });
    if (message === null) return [];
    const { snowflake } = message;
    return [{ eventSeq, snowflake, record: blankRecord(message), ...UNLISTED }];
  });
  yield* s.update("message", ["eventSeq", "snowflake"], blank);
}

function blankRecord(message: Message): string {
  return writeRecord({ ...message, text: "", media: [], textAttachment: null });
}

/**
 * Pending deliveries of a deleted endpoint are already cancelled; they are only not folded yet. Returns the number of
 * deliveries that were pending, at most `limit`.
 */
function* endStillPending(
  s: WriteSession,
  eventSeqs: readonly number[],
  { now, limit }: { readonly now: number; readonly limit: number },
): Steps<number> {
  const pending = yield* s.all<PendingRow>(
    `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key, status
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND delivery.seq >= ?2 AND state = 0
     LIMIT ?3`,
    [eventSeqs, s.leastDelivery(eventSeqs[0] as number), limit],
  );
  const cancelled = pending.filter(({ status }) => status === "deleted");
  const failed = pending.filter(({ status }) => status !== "deleted");
  yield* endPending(s, failed, { state: "failed", reason: "content_expunged", now });
  yield* endPending(s, cancelled, { state: "cancelled", reason: null, now });
  return pending.length;
}

/** Part of the sweep: content with a shorter retention than its event. A derived event has the same one. */
export function* blankExpired(s: WriteSession, cx: SweepContext, limit: number): Steps<number> {
  const events = yield* s.all<{ seq: number }>(
    "SELECT seq FROM event WHERE expunge_at <= ?1 ORDER BY expunge_at LIMIT ?2",
    [cx.now, limit],
  );
  const eventSeqs = events.map(({ seq }) => seq);
  const rows = yield* blankEvents(s, { eventSeqs, now: cx.now, limit });
  return Math.max(rows, events.length);
}
