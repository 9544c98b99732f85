/**
 * Further logins of a registered line, each with a username, a password and its own sessions. They end with the
 * line.
 */
import { AppError } from "../../core/error.ts";
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { scopeToApp } from "../idempotency.ts";
import type { FurtherLogin, LineStore } from "../interface/tenancy.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { findApp, keepApp } from "./app-row.ts";
import { NAMED_LINE } from "./line-row.ts";
import { isUsernameTaken, lockUsernames } from "./usernames.ts";

type Params<M extends keyof LineStore> = Parameters<LineStore[M]>[0];
type LoginRow = FurtherLogin & { readonly lineSeq: number };

const COLUMNS = "id, username, password_hash, created_at, line_seq";
const LINE = `SELECT seq FROM line WHERE ${NAMED_LINE} LIMIT 1`;

export function* createLogin(
  s: WriteSession,
  p: Params<"createLogin">,
): Steps<FurtherLogin | null> {
  const { login, idempotencyKey = null } = p;
  const app = yield* keepApp(s, p.appRef);
  if (app === null) return null;
  const once = scopeToApp(idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(once))?.[0];
  // A login that was deleted since is answered as it was requested.
  if (before !== undefined) return (yield* findById(s, before)) ?? { ...login, id: before };
  yield* lockUsernames(s);
  // The line keeps its registration until the end of the transaction.
  const line = yield* s.one<{ seq: number }>(`${LINE} ${s.sql.forShare}`, [app.seq, p.ref]);
  if (line === null) return null;
  if (yield* isUsernameTaken(s, login.username)) {
    throw new AppError("conflict", `The username "${login.username}" is taken; use another one.`);
  }
  const { loginsPerLine } = LIMITS;
  if ((yield* loadLogins(s, line.seq)).length >= loginsPerLine.value) {
    throw refuseLimit(loginsPerLine, loginsPerLine.value);
  }
  yield* s.insert("line_login", [{ ...login, lineSeq: line.seq }]);
  yield* s.saveIdempotent(once, [login.id]);
  return login;
}

/** In the order in which they were made. */
export function* listLogins(
  s: Session,
  p: Params<"listLogins">,
): Steps<readonly FurtherLogin[] | null> {
  const app = yield* findApp(s, p.appRef);
  const line = app === null ? null : yield* s.one<{ seq: number }>(LINE, [app.seq, p.ref]);
  return line === null ? null : yield* loadLogins(s, line.seq);
}

export function* deleteLogin(s: WriteSession, p: Params<"deleteLogin">): Steps<boolean> {
  const app = yield* findApp(s, p.appRef);
  const line = app === null ? null : yield* s.one<{ seq: number }>(LINE, [app.seq, p.ref]);
  if (line === null) return false;
  const deleted = yield* s.run("DELETE FROM line_login WHERE id = ?1 AND line_seq = ?2", [
    p.loginId,
    line.seq,
  ]);
  yield* s.run("DELETE FROM line_session WHERE line_seq = ?1 AND login_id = ?2", [
    line.seq,
    p.loginId,
  ]);
  return deleted > 0;
}

/** `lines` selects the numbers of lines; `?1` is its value. */
export function* deleteLogins(s: WriteSession, lines: string, value: number): Steps<void> {
  yield* s.run(`DELETE FROM line_login WHERE line_seq IN (${lines})`, [value]);
  yield* s.run(`DELETE FROM line_session WHERE line_seq IN (${lines})`, [value]);
}

function* loadLogins(s: Session, lineSeq: number): Steps<readonly FurtherLogin[]> {
  const rows = yield* s.all<LoginRow>(
    `SELECT ${COLUMNS} FROM line_login WHERE line_seq = ?1 ORDER BY created_at, id LIMIT 1000`,
    [lineSeq],
  );
  return rows.map(toLogin);
}

function* findById(s: Session, id: string): Steps<FurtherLogin | null> {
  const row = yield* s.one<LoginRow>(`SELECT ${COLUMNS} FROM line_login WHERE id = ?1`, [id]);
  return row === null ? null : toLogin(row);
}

function toLogin({ id, username, passwordHash, createdAt }: LoginRow): FurtherLogin {
  return { id, username, passwordHash, createdAt };
}
