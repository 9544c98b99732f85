/**
 * Usernames of lines, which are unique over the server in any case. The first one of a line is a column of it,
 * and further ones have a table. Every change of a username waits for the others, because no index spans both.
 */
import type { Session, Steps, WriteSession } from "../session.ts";

/** Waits for other changes of usernames, and keeps new ones waiting. No-op on SQLite. */
export function* lockUsernames(s: WriteSession): Steps<void> {
  yield* s.one(`SELECT 1 FROM setting WHERE name = 'usernames.lock' ${s.sql.forUpdate}`);
}

export function* isUsernameTaken(s: Session, username: string): Steps<boolean> {
  const hasUsername = s.sql.anyCase("username", "?1");
  const found = yield* s.one(
    `SELECT 1 FROM line WHERE ${hasUsername}
     UNION ALL SELECT 1 FROM line_login WHERE ${hasUsername} LIMIT 1`,
    [username],
  );
  return found !== null;
}
