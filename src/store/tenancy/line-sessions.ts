/** Sessions of registered lines. A row is a live session; ending a session deletes its row. */
import { type LineRow, toLine } from "./line-row.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import type { LineStore, RegisteredLine } from "../interface/tenancy.ts";

const MOST_OF_LOGIN = 1_000;
/** Stands for the first login of a line, which has no row. */
const FIRST_LOGIN = "";

export function* openSession(
  s: WriteSession,
  p: Parameters<LineStore["openSession"]>[0],
): Steps<boolean> {
  const { loginId = FIRST_LOGIN } = p;
  // Deleting an application takes the ids of its lines, so a line that is found is of a live one. On
  // PostgreSQL the lock is shared, so concurrent logins may pass the limit until the next one.
  const line = yield* s.one<{ seq: number; sessions: number }>(
    `SELECT seq, (SELECT count(*) FROM line_session
       WHERE line_seq = line.seq AND login_id = ?2) AS sessions
     FROM line WHERE line_id = ?1 ${s.sql.forShare}`,
    [p.lineId, loginId],
  );
  if (line === null) return false;
  if (loginId !== FIRST_LOGIN) {
    const login = yield* s.one(
      `SELECT 1 FROM line_login WHERE id = ?1 AND line_seq = ?2 ${s.sql.forShare}`,
      [loginId, line.seq],
    );
    if (login === null) return false;
  }
  // Before the insert, so that the new session is never the one that ends, even after a clock step.
  if (line.sessions >= MOST_OF_LOGIN) yield* endOldest(s, line.seq, loginId);
  yield* s.run(
    "INSERT INTO line_session (session_hash, line_seq, login_id, created_at) VALUES (?1, ?2, ?3, ?4)",
    [p.sessionHash, line.seq, loginId, p.now],
  );
  return true;
}

/** Leaves room for one session. */
function* endOldest(s: WriteSession, lineSeq: number, loginId: string): Steps<void> {
  yield* s.run(
    `DELETE FROM line_session WHERE line_seq = ?1 AND login_id = ?2 AND session_hash NOT IN
       (SELECT session_hash FROM line_session WHERE line_seq = ?1 AND login_id = ?2
        ORDER BY created_at DESC LIMIT ${MOST_OF_LOGIN - 1})`,
    [lineSeq, loginId],
  );
}

/** Runs for every authenticated request: one lookup by the hash, two by number. */
export function* findSession(
  s: Session,
  p: { sessionHash: Uint8Array },
): Steps<RegisteredLine | null> {
  const row = yield* s.one<LineRow>(
    `SELECT line.*, app.id AS app_id FROM line_session
     JOIN line ON line.seq = line_session.line_seq JOIN app ON app.seq = line.app_seq
     WHERE session_hash = ?1 AND line_id IS NOT NULL AND app.deleted_at IS NULL`,
    [p.sessionHash],
  );
  return row === null ? null : toLine(row);
}

export function* endSession(
  s: WriteSession,
  p: { sessionHash: Uint8Array; now: number },
): Steps<boolean> {
  return (yield* s.run("DELETE FROM line_session WHERE session_hash = ?1", [p.sessionHash])) > 0;
}
