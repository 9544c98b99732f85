/** Removes content before its event: content with a shorter retention, or of a deleted app. */
import { blankEvents } from "./blank-event.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Tx } from "../types.ts";

export async function blankExpired(tx: Tx, cx: SweepContext, limit: number): Promise<number> {
  const rows = await tx.sql<{ seq: number }>(
    "SELECT seq FROM event WHERE expunge_at <= $1 ORDER BY expunge_at LIMIT $2",
    [cx.now, limit],
  );
  if (rows.length === 0) return 0;
  await blankEvents(tx, { eventSeqs: rows.map(({ seq }) => seq), now: cx.now });
  return rows.length;
}

/**
 * One deleted app at a time: its events in the order of the feed, then their participants. Nothing is
 * accepted for it any more, so no event appears below the position that was reached.
 */
export async function blankDeletedApps(tx: Tx, cx: SweepContext, limit: number): Promise<number> {
  const [app] = await tx.sql<{ seq: number; blankedTo: number }>(
    `SELECT seq, blanked_to FROM app
     WHERE deleted_at IS NOT NULL AND blanked_at IS NULL ORDER BY seq LIMIT 1`,
  );
  if (app === undefined) return 0;
  const events = await tx.sql<{ seq: number; position: number }>(
    `SELECT seq, position FROM event WHERE app_seq = $1 AND position > $2
     ORDER BY position LIMIT $3`,
    [app.seq, app.blankedTo, limit],
  );
  const last = events.at(-1);
  if (last !== undefined) {
    const eventSeqs = events.map(({ seq }) => seq);
    await blankEvents(tx, { eventSeqs, now: cx.now });
    await tx.run(
      `UPDATE attempt SET response = NULL
       WHERE event_seq = ANY ($1::bigint[]) AND response IS NOT NULL`,
      [eventSeqs],
    );
    await tx.run("UPDATE app SET blanked_to = $2 WHERE seq = $1", [app.seq, last.position]);
    return events.length;
  }
  const participants = await deleteParticipants(tx, app.seq, limit);
  if (participants > 0) return participants;
  return await tx.run("UPDATE app SET blanked_at = $2 WHERE seq = $1", [app.seq, cx.now]);
}

async function deleteParticipants(tx: Tx, appSeq: number, limit: number): Promise<number> {
  const conversations = await tx.run(
    `DELETE FROM conversation WHERE (app_seq, line, contact) IN
       (SELECT app_seq, line, contact FROM conversation WHERE app_seq = $1 LIMIT $2)`,
    [appSeq, limit],
  );
  const contacts = await tx.run(
    `DELETE FROM contact WHERE (app_seq, number) IN
       (SELECT app_seq, number FROM contact WHERE app_seq = $1 LIMIT $2)`,
    [appSeq, limit],
  );
  return conversations + contacts;
}
