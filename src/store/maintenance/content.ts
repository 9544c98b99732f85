/**
 * Deletes content before its event: on request, after a shorter retention, or of a deleted application. The
 * content is the payload, the participants of the snapshot, the text of the message that the event created,
 * and attachments. Pending deliveries can no longer be rendered, so they fail and stay visible.
 */
import type { Message } from "../../core/snapshot.ts";
import { readMessage, writeRecord } from "../accept/snapshot-text.ts";
import { endPending } from "../queue/leave-pending.ts";
import type { PendingDelivery } from "../queue/queue-statements.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import type { SweepContext } from "./sweep-context.ts";

type PendingRow = PendingDelivery & { readonly status: string };
type MessageRow = {
  readonly eventSeq: number;
  readonly record: string | null;
  readonly participants: string | null;
};

export function* blankEvents(
  s: WriteSession,
  p: { readonly eventSeqs: readonly number[]; readonly now: number },
): Steps<void> {
  if (p.eventSeqs.length === 0) return;
  const seqs = p.eventSeqs.toSorted((a, b) => a - b);
  const ofEvents = s.sql.oneOf("event_seq", "?1", "bigint");
  const theEvents = s.sql.oneOf("event.seq", "?1", "bigint");
  // A running replay has locked its event, so the deliveries that it makes due are found below.
  yield* s.all(`SELECT 1 FROM event WHERE ${theEvents} ORDER BY seq ${s.sql.forUpdate}`, [seqs]);
  yield* blankMessages(s, seqs);
  yield* s.run(`DELETE FROM attachment WHERE ${ofEvents}`, [seqs]);
  const content = s.sql.contentColumns.map((column) => `${column} = NULL`).join(", ");
  yield* s.run(`UPDATE event SET ${content}, expunge_at = NULL WHERE ${theEvents}`, [seqs]);
  yield* endStillPending(s, seqs, p.now);
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
    return [{ eventSeq, snowflake: message.snowflake, record: blankRecord(message) }];
  });
  yield* s.update("message", ["eventSeq", "snowflake"], blank);
}

function blankRecord(message: Message): string {
  return writeRecord({ ...message, text: "", media: [], textAttachment: null });
}

/** Pending deliveries of a deleted endpoint are already cancelled; they are only not folded yet. */
function* endStillPending(s: WriteSession, eventSeqs: readonly number[], now: number): Steps<void> {
  const pending = yield* s.all<PendingRow>(
    `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key, status
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND delivery.seq >= ?2 AND state = 0`,
    [eventSeqs, s.leastDelivery(eventSeqs[0] as number)],
  );
  const cancelled = pending.filter(({ status }) => status === "deleted");
  const failed = pending.filter(({ status }) => status !== "deleted");
  yield* endPending(s, failed, { state: "failed", reason: "content_expunged", now });
  yield* endPending(s, cancelled, { state: "cancelled", reason: null, now });
}

/** Part of the sweep: content with a shorter retention than its event. */
export function* blankExpired(s: WriteSession, cx: SweepContext, limit: number): Steps<number> {
  const rows = yield* s.all<{ seq: number }>(
    "SELECT seq FROM event WHERE expunge_at <= ?1 ORDER BY expunge_at LIMIT ?2",
    [cx.now, limit],
  );
  yield* blankEvents(s, { eventSeqs: rows.map(({ seq }) => seq), now: cx.now });
  return rows.length;
}

/**
 * Part of the sweep: one deleted application at a time, its events in the order of the feed, then their
 * participants. Nothing is accepted for it any more, so no event appears below the reached position.
 */
export function* blankDeletedApps(s: WriteSession, cx: SweepContext, limit: number): Steps<number> {
  const app = yield* s.one<{ seq: number; blankedTo: number }>(
    `SELECT seq, blanked_to FROM app
     WHERE deleted_at IS NOT NULL AND blanked_at IS NULL ORDER BY seq LIMIT 1`,
  );
  if (app === null) return 0;
  const { feedPosition } = s.sql;
  const events = yield* s.all<{ seq: number; reached: number }>(
    `SELECT seq, ${feedPosition} AS reached FROM event
     WHERE app_seq = ?1 AND ${feedPosition} > ?2 ORDER BY ${feedPosition} LIMIT ?3`,
    [app.seq, app.blankedTo, limit],
  );
  const last = events.at(-1);
  if (last !== undefined) {
    const eventSeqs = events.map(({ seq }) => seq);
    yield* blankEvents(s, { eventSeqs, now: cx.now });
    yield* s.run(
      `UPDATE attempt SET response = NULL
       WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND response IS NOT NULL`,
      [eventSeqs],
    );
    yield* s.run("UPDATE app SET blanked_to = ?1 WHERE seq = ?2", [last.reached, app.seq]);
    return events.length;
  }
  const participants = yield* deleteParticipants(s, app.seq, limit);
  if (participants > 0) return participants;
  return yield* s.run("UPDATE app SET blanked_at = ?1 WHERE seq = ?2", [cx.now, app.seq]);
}

function* deleteParticipants(s: Session, appSeq: number, limit: number): Steps<number> {
  const conversations = yield* s.run(
    `DELETE FROM conversation WHERE (app_seq, line, contact) IN
       (SELECT app_seq, line, contact FROM conversation WHERE app_seq = ?1 LIMIT ?2)`,
    [appSeq, limit],
  );
  const contacts = yield* s.run(
    `DELETE FROM contact WHERE (app_seq, number) IN
       (SELECT app_seq, number FROM contact WHERE app_seq = ?1 LIMIT ?2)`,
    [appSeq, limit],
  );
  return conversations + contacts;
}
