/**
 * Sessions of registered lines. A row is a live session; the end of a session deletes it, so that no lookup
 * searches ended ones.
 */
import type { RegisteredLine } from "../tenancy.ts";
import { toLine, type LineRow } from "../line-row.ts";
import type { Reader, Tx } from "./types.ts";

const MOST_OF_LINE = 1_000;

export async function openSession(
  tx: Tx,
  p: { lineId: string; sessionHash: Uint8Array; now: number },
): Promise<boolean> {
  // Deleting an app removes the ids of its lines, so a line that is found belongs to a live app. The lock
  // keeps the line registered. It is shared, so sessions opened at once may exceed the limit until the next
  // one.
  const [line] = await tx.sql<{ seq: number; sessions: number }>(
    `SELECT seq, (SELECT count(*) FROM line_session WHERE line_seq = line.seq) AS sessions
     FROM line WHERE line_id = $1 FOR SHARE`,
    [p.lineId],
  );
  if (line === undefined) return false;
  // The oldest session ends before the new one is inserted, so that a changed clock cannot end the new one.
  if (line.sessions >= MOST_OF_LINE) await endOldest(tx, line.seq);
  await tx.run(
    "INSERT INTO line_session (session_hash, line_seq, created_at) VALUES ($1, $2, $3)",
    [p.sessionHash, line.seq, p.now],
  );
  return true;
}

/** Leaves room for one session. */
async function endOldest(tx: Tx, lineSeq: number): Promise<void> {
  await tx.run(
    `DELETE FROM line_session WHERE session_hash IN
       (SELECT session_hash FROM line_session WHERE line_seq = $1
        ORDER BY created_at DESC OFFSET ${MOST_OF_LINE - 1})`,
    [lineSeq],
  );
}

/** Runs for every authenticated request: one lookup by the hash, two by numbers. */
export async function findSession(
  reader: Reader,
  p: { sessionHash: Uint8Array },
): Promise<RegisteredLine | null> {
  const [row] = await reader.sql<LineRow>(
    `SELECT line.*, app.id AS app_id FROM line_session
     JOIN line ON line.seq = line_session.line_seq JOIN app ON app.seq = line.app_seq
     WHERE session_hash = $1 AND line_id IS NOT NULL AND app.deleted_at IS NULL`,
    [p.sessionHash],
  );
  return row === undefined ? null : toLine(row);
}

export async function endSession(
  tx: Tx,
  p: { sessionHash: Uint8Array; now: number },
): Promise<boolean> {
  return (await tx.run("DELETE FROM line_session WHERE session_hash = $1", [p.sessionHash])) > 0;
}
