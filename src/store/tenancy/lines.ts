/**
 * Registered lines. A number gets a row with its deviceId when an event first names it. Registering adds
 * an id and credentials to the row; unregistering removes them and keeps the rest.
 */
import { AppError } from "../../core/error.ts";
import { scopeToApp, type IdempotencyKey } from "../idempotency.ts";
import { type LineRow, NAMED_LINE, toLine } from "./line-row.ts";
import { Overtaken, type Session, type Steps, type WriteSession } from "../session.ts";
import type { LineOfLogin, RegisteredLine } from "../interface/tenancy.ts";
import { findApp, keepApp } from "./app-row.ts";
import { deleteLogins } from "./line-logins.ts";
import { isUsernameTaken, lockUsernames } from "./usernames.ts";

const UNREGISTERED =
  "line_id = NULL, name = NULL, username = NULL, password_hash = NULL, registered_at = NULL";

export function* createLine(
  s: WriteSession,
  p: { line: RegisteredLine; idempotencyKey?: IdempotencyKey | null },
): Steps<RegisteredLine> {
  const { line, idempotencyKey = null } = p;
  // A line of an application that is deleted meanwhile would keep its username for good.
  const app = yield* keepApp(s, line.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${line.appId}".`);
  const once = scopeToApp(idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(once))?.[0];
  if (before !== undefined) {
    // A line that was unregistered since is answered as it was requested.
    const lines = yield* loadLines(s, app);
    return lines.find(({ id }) => id === before) ?? line;
  }
  yield* lockUsernames(s);
  if (yield* isUsernameTaken(s, line.username)) {
    throw new AppError("conflict", `The username "${line.username}" is taken; use another one.`);
  }
  const known = yield* s.one<{ deviceId: number; lineId: string | null }>(
    "SELECT device_id, line_id FROM line WHERE app_seq = ?1 AND number = ?2",
    [app.seq, line.number],
  );
  if (known !== null && known.lineId !== null) {
    throw new AppError(
      "conflict",
      `The line ${line.number} is already registered; delete it before registering it again.`,
    );
  }
  const deviceId = known?.deviceId ?? (yield* freeDeviceId(s, line.deviceId));
  const written = yield* s.one<{ deviceId: number }>(
    `INSERT INTO line (app_seq, number, device_id, line_id, name, username, password_hash,
       payload_generation, created_at, registered_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
     ON CONFLICT (app_seq, number) DO UPDATE SET line_id = excluded.line_id, name = excluded.name,
       username = excluded.username, password_hash = excluded.password_hash,
       payload_generation = excluded.payload_generation, registered_at = excluded.registered_at
     WHERE line.line_id IS NULL RETURNING device_id`,
    [
      app.seq,
      line.number,
      deviceId,
      line.id,
      line.name,
      line.username,
      line.passwordHash,
      line.payloadGeneration,
      line.createdAt,
    ],
  );
  if (written === null) throw new Overtaken("the line was registered meanwhile");
  s.linesChanged();
  yield* s.saveIdempotent(once, [line.id]);
  return { ...line, deviceId: written.deviceId };
}

/** `username` is compared in any case. */
export function* findLineByUsername(
  s: Session,
  p: { username: string },
): Steps<LineOfLogin | null> {
  const row = yield* s.one<LineRow>(
    `SELECT line.*, app.id AS app_id FROM line JOIN app ON app.seq = line.app_seq
     WHERE ${s.sql.anyCase("username", "?1")} AND app.deleted_at IS NULL`,
    [p.username],
  );
  if (row !== null) return toLine(row);
  const other = yield* s.one<LineRow & LoginColumns>(
    `SELECT line.*, app.id AS app_id, line_login.id AS login_id,
       line_login.username AS login_username, line_login.password_hash AS login_password_hash
     FROM line_login JOIN line ON line.seq = line_login.line_seq JOIN app ON app.seq = line.app_seq
     WHERE ${s.sql.anyCase("line_login.username", "?1")} AND app.deleted_at IS NULL`,
    [p.username],
  );
  if (other === null) return null;
  const { loginId, loginUsername: username, loginPasswordHash: passwordHash } = other;
  return { ...toLine(other), username, passwordHash, loginId };
}

type LoginColumns = {
  readonly loginId: string;
  readonly loginUsername: string;
  readonly loginPasswordHash: string;
};

/** `ref` is the line's id or its number. */
export function* getLine(
  s: Session,
  p: { appRef: string; ref: string },
): Steps<RegisteredLine | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const row = yield* s.one<LineRow>(
    `SELECT line.*, CAST(?3 AS TEXT) AS app_id FROM line WHERE ${NAMED_LINE} LIMIT 1`,
    [app.seq, p.ref, app.id],
  );
  return row === null ? null : toLine(row);
}

/**
 * `ref` is the line's id or its number. Another line that has the username gets its own id for one, and so does
 * another line's login.
 */
export function* assignUsername(
  s: WriteSession,
  p: { appRef: string; ref: string; username: string },
): Steps<RegisteredLine | null> {
  const app = yield* keepApp(s, p.appRef);
  if (app === null) return null;
  yield* lockUsernames(s);
  const row = yield* s.one<{ seq: number }>(
    `SELECT seq FROM line WHERE ${NAMED_LINE} LIMIT 1 ${s.sql.forUpdate}`,
    [app.seq, p.ref],
  );
  if (row === null) return null;
  const hasUsername = s.sql.anyCase("username", "?1");
  const login = yield* s.one<{ lineSeq: number }>(
    `SELECT line_seq FROM line_login WHERE ${hasUsername}`,
    [p.username],
  );
  if (login?.lineSeq === row.seq) {
    throw new AppError(
      "conflict",
      `The username "${p.username}" is a further login of this line; delete that login first.`,
    );
  }
  yield* s.run(`UPDATE line_login SET username = id WHERE ${hasUsername}`, [p.username]);
  yield* s.run(`UPDATE line SET username = line_id WHERE ${hasUsername} AND seq <> ?2`, [
    p.username,
    row.seq,
  ]);
  const changed = yield* s.one<LineRow>(
    "UPDATE line SET username = ?1 WHERE seq = ?2 RETURNING *, CAST(?3 AS TEXT) AS app_id",
    [p.username, row.seq, app.id],
  );
  return changed === null ? null : toLine(changed);
}

/** In the order of registration; at most 1,000. */
export function* listLines(s: Session, p: { appRef: string }): Steps<readonly RegisteredLine[]> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? [] : yield* loadLines(s, app);
}

function* loadLines(
  s: Session,
  app: { readonly seq: number; readonly id: string },
): Steps<readonly RegisteredLine[]> {
  const rows = yield* s.all<LineRow>(
    `SELECT line.*, CAST(?1 AS TEXT) AS app_id FROM line WHERE app_seq = ?2 AND line_id IS NOT NULL
     ORDER BY registered_at, seq LIMIT 1000`,
    [app.id, app.seq],
  );
  return rows.map(toLine);
}

/** `ref` is the line's id or its number. Of two concurrent deletions one finds no line. */
export function* deleteLine(
  s: WriteSession,
  p: { appRef: string; ref: string; now: number },
): Steps<boolean> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return false;
  const row = yield* s.one<{ seq: number }>(
    `UPDATE line SET ${UNREGISTERED}
     WHERE line_id IS NOT NULL AND seq = (SELECT seq FROM line WHERE ${NAMED_LINE} LIMIT 1)
     RETURNING seq`,
    [app.seq, p.ref],
  );
  if (row === null) return false;
  yield* deleteLogins(s, "?1", row.seq);
  s.linesChanged();
  return true;
}

/** Frees the usernames of a deleted application, because usernames are unique over the server. */
export function* unregisterLines(s: WriteSession, appSeq: number): Steps<void> {
  yield* deleteLogins(s, "SELECT seq FROM line WHERE app_seq = ?1", appSeq);
  yield* s.run(`UPDATE line SET ${UNREGISTERED} WHERE app_seq = ?1 AND line_id IS NOT NULL`, [
    appSeq,
  ]);
  s.linesChanged();
}

/**
 * deviceIds are random and unique over the server; a collision takes the next free one. A number that
 * another transaction takes meanwhile fails on the unique index, and the rerun finds another.
 */
function* freeDeviceId(s: Session, wanted: number): Steps<number> {
  for (let deviceId = wanted; ; deviceId++) {
    const taken = yield* s.one("SELECT 1 FROM line WHERE device_id = ?1", [deviceId]);
    if (taken === null) return deviceId;
  }
}
