/** Deletes content before its event: content with a shorter retention, or of a deleted app. */
import { blankEvent } from "./blank-event.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Writer } from "../thread/writer-types.ts";

export function blankExpired(writer: Writer, cx: SweepContext, limit: number): number {
  const rows = writer
    .sql("SELECT seq FROM event WHERE expungeAt <= ? ORDER BY expungeAt LIMIT ?")
    .all(cx.now, limit);
  for (const row of rows) blankEvent(writer, { eventSeq: row["seq"] as number, now: cx.now });
  return rows.length;
}

/** One deleted app at a time: its events from the oldest on, then their participants. */
export function blankDeletedApps(writer: Writer, cx: SweepContext, limit: number): number {
  const app = writer
    .sql(
      `SELECT seq, blankedTo FROM app
       WHERE deletedAt IS NOT NULL AND blankedAt IS NULL ORDER BY seq LIMIT 1`,
    )
    .get() as { seq: number; blankedTo: number } | undefined;
  if (app === undefined) return 0;
  const events = writer
    .sql("SELECT seq FROM event WHERE appSeq = ? AND seq > ? ORDER BY seq LIMIT ?")
    .all(app.seq, app.blankedTo, limit) as { seq: number }[];
  for (const { seq } of events) {
    blankEvent(writer, { eventSeq: seq, now: cx.now });
    writer.sql("UPDATE attempt SET response = NULL WHERE eventSeq = ?").run(seq);
  }
  const last = events.at(-1);
  if (last !== undefined) {
    writer.sql("UPDATE app SET blankedTo = ? WHERE seq = ?").run(last.seq, app.seq);
    return events.length;
  }
  const participants = deleteParticipants(writer, app.seq, limit);
  if (participants > 0) return participants;
  writer.sql("UPDATE app SET blankedAt = ? WHERE seq = ?").run(cx.now, app.seq);
  return 1;
}

function deleteParticipants(writer: Writer, appSeq: number, limit: number): number {
  const conversations = writer
    .sql(
      `DELETE FROM conversation WHERE (appSeq, line, contact) IN
         (SELECT appSeq, line, contact FROM conversation WHERE appSeq = ? LIMIT ?)`,
    )
    .run(appSeq, limit);
  const contacts = writer
    .sql(
      `DELETE FROM contact WHERE (appSeq, number) IN
         (SELECT appSeq, number FROM contact WHERE appSeq = ? LIMIT ?)`,
    )
    .run(appSeq, limit);
  return Number(conversations.changes) + Number(contacts.changes);
}
