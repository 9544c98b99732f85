/** Portal tokens and the links that make them, all of one table. Only hashes are stored (I10). */
import type { Capability } from "../../core/portal/capabilities.ts";
import { limitOf } from "../../core/limits.ts";
import { AppError } from "../../core/error.ts";
import type { NewPortalSecret, PortalStore, PortalToken } from "../interface/portal.ts";
import type { NewRow, Session, Steps, WriteSession } from "../session.ts";
import { findApp, keepApp } from "./app-row.ts";
import { loadOwnLimits } from "./own-limits.ts";

type Params<Name extends keyof PortalStore> = Parameters<PortalStore[Name]>[0];

type AccessRow = {
  readonly id: string;
  readonly appSeq: number;
  readonly appId: string;
  readonly capabilities: string;
  readonly featureFlags: string;
  readonly sessionId: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly tokensEndAt: number;
  readonly exchanges: number;
};

/** A grant makes a token and a link. */
const ROWS_OF_GRANT = 2;

export function* grantPortalAccess(s: WriteSession, p: Params<"grant">): Steps<void> {
  const app = yield* keepApp(s, p.appRef);
  if (app === null) throw new AppError("not_found", `There is no application "${p.appRef}".`);
  const shared = {
    appSeq: app.seq,
    capabilities: JSON.stringify(p.grant.capabilities),
    featureFlags: JSON.stringify(p.grant.featureFlags),
    sessionId: p.grant.sessionId,
    createdAt: p.now,
    tokensEndAt: p.expiresAt,
  };
  yield* endOldest(s, app.seq, ROWS_OF_GRANT);
  yield* s.insert("portal_access", [
    toRow(p.token, { ...shared, kind: "token", expiresAt: p.expiresAt }),
    toRow(p.link, { ...shared, kind: "link", expiresAt: p.linkExpiresAt }),
  ]);
}

/** Runs for every request with a portal token: one lookup by the hash, one by the app's number. */
export function* findPortalToken(s: Session, p: Params<"findToken">): Steps<PortalToken | null> {
  const row = yield* findLive(s, { ...p, kind: "token" });
  if (row === null) return null;
  const { id, appId, sessionId, createdAt, expiresAt } = row;
  return {
    id,
    appId,
    secretHash: p.secretHash,
    sessionId,
    createdAt,
    expiresAt,
    capabilities: JSON.parse(row.capabilities) as Capability[],
    featureFlags: JSON.parse(row.featureFlags) as string[],
  };
}

export function* findPortalLink(s: Session, p: Params<"findLink">): Steps<boolean> {
  return (yield* findLive(s, { ...p, kind: "link" })) !== null;
}

export function* exchangePortalLink(s: WriteSession, p: Params<"exchange">): Steps<boolean> {
  const { secretHash, now } = p;
  const lock = s.sql.forUpdateOf("portal_access");
  const link = yield* findLive(s, { secretHash, now, kind: "link", lock });
  if (link === null || link.exchanges >= p.mostTokens) return false;
  const { appSeq, capabilities, featureFlags, sessionId, tokensEndAt } = link;
  const expiresAt = link.exchanges === 0 ? now + p.reuseMs : link.expiresAt;
  yield* s.run(
    "UPDATE portal_access SET exchanges = exchanges + 1, expires_at = ?1 WHERE secret_hash = ?2",
    [expiresAt, secretHash],
  );
  yield* endOldest(s, appSeq, 1);
  const shared = { appSeq, capabilities, featureFlags, sessionId, createdAt: now, tokensEndAt };
  yield* s.insert("portal_access", [
    toRow(p.token, { ...shared, kind: "token", expiresAt: tokensEndAt }),
  ]);
  return true;
}

export function* endPortalToken(s: WriteSession, p: Params<"end">): Steps<boolean> {
  return (yield* s.run("DELETE FROM portal_access WHERE secret_hash = ?1", [p.secretHash])) > 0;
}

export function* expirePortalAccess(s: WriteSession, p: Params<"expireAll">): Steps<boolean> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return false;
  const { sessionIds, endsAt } = p;
  const ofSession = sessionIds === null ? "" : ` AND ${s.sql.oneOf("session_id", "?2", "text")}`;
  const values = sessionIds === null ? [app.seq] : [app.seq, sessionIds];
  const end = `?${values.length + 1}`;
  // Links first: this waits for exchanges under way, whose tokens then end below.
  yield* s.run(
    `DELETE FROM portal_access WHERE app_seq = ?1 AND kind = 'link'${ofSession}`,
    values,
  );
  yield* s.run(
    `UPDATE portal_access SET expires_at = ${end}
     WHERE app_seq = ?1 AND expires_at > ${end}${ofSession}`,
    [...values, endsAt],
  );
  return true;
}

/** Part of the sweep. */
export function* deleteExpiredAccess(s: WriteSession, now: number, limit: number): Steps<number> {
  return yield* s.run(
    `DELETE FROM portal_access WHERE secret_hash IN
       (SELECT secret_hash FROM portal_access WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`,
    [now, limit],
  );
}

/** With those that have expired and are not yet swept. */
export function* countPortalSessions(s: Session, appSeq: number): Steps<number> {
  const row = yield* s.one<{ count: number }>(
    "SELECT count(*) AS count FROM portal_access WHERE app_seq = ?1",
    [appSeq],
  );
  return row?.count ?? 0;
}

/**
 * Leaves room for new rows, which are never those that end, even after a clock step. On PostgreSQL concurrent
 * calls may pass the limit until the next one.
 */
function* endOldest(s: WriteSession, appSeq: number, count: number): Steps<void> {
  const most = limitOf(s.limits, yield* loadOwnLimits(s, appSeq), "portalSessions");
  if ((yield* countPortalSessions(s, appSeq)) + count <= most) return;
  yield* s.run(
    `DELETE FROM portal_access WHERE app_seq = ?1 AND secret_hash NOT IN
       (SELECT secret_hash FROM portal_access WHERE app_seq = ?1 ORDER BY created_at DESC LIMIT ?2)`,
    [appSeq, most - count],
  );
}

function* findLive(
  s: Session,
  p: {
    readonly secretHash: Uint8Array;
    readonly now: number;
    readonly kind: "token" | "link";
    readonly lock?: string;
  },
): Steps<AccessRow | null> {
  return yield* s.one<AccessRow>(
    `SELECT portal_access.*, app.id AS app_id
     FROM portal_access JOIN app ON app.seq = portal_access.app_seq
     WHERE secret_hash = ?1 AND kind = ?2 AND expires_at > ?3 AND app.deleted_at IS NULL
     ${p.lock ?? ""}`,
    [p.secretHash, p.kind, p.now],
  );
}

function toRow({ id, secretHash }: NewPortalSecret, row: NewRow): NewRow {
  return { secretHash, id, ...row, exchanges: 0 };
}
