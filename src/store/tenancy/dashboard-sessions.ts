/** Sessions of the dashboard and the links that open one, all of one table. Only hashes are stored (I10). */
import type { OperatorRole } from "../../core/operator-role.ts";
import type {
  DashboardSession,
  DashboardStore,
  NewDashboardSession,
} from "../interface/dashboard.ts";
import type { Session, Steps, WriteSession } from "../session.ts";

type Params<Name extends keyof DashboardStore> = Parameters<DashboardStore[Name]>[0];
type Kind = "session" | "link";
type Row = Pick<DashboardSession, "id" | "owner" | "expiresAt" | "endsAt"> & {
  readonly keyName: string | null;
  readonly keyRole: string | null;
  readonly keyHash: Uint8Array | null;
  readonly keyCreatedAt: number | null;
};

export function* openDashboard(s: WriteSession, { session }: Params<"open">): Steps<void> {
  yield* insert(s, "session", session);
}

export function* grantDashboard(s: WriteSession, { link }: Params<"grant">): Steps<void> {
  yield* insert(s, "link", link);
}

export function* exchangeDashboardLink(
  s: WriteSession,
  { linkHash, session, now }: Params<"exchange">,
): Steps<{ readonly owner: string } | null> {
  const link = yield* s.one<{ owner: string }>(
    `SELECT owner FROM dashboard_session
     WHERE secret_hash = ?1 AND kind = 'link' AND expires_at > ?2 ${s.sql.forUpdate}`,
    [linkHash, now],
  );
  if (link === null) return null;
  const { owner } = link;
  yield* endDashboard(s, { secretHash: linkHash });
  yield* insert(s, "session", { ...session, owner });
  return { owner };
}

/** Runs for every request with a cookie: two lookups by index. */
export function* findDashboard(
  s: Session,
  { secretHash, now }: Params<"find">,
): Steps<DashboardSession | null> {
  const row = yield* s.one<Row>(
    `SELECT dashboard_session.id AS id, owner, expires_at, ends_at, operator_key.name AS key_name,
       operator_key.role AS key_role, operator_key.secret_hash AS key_hash,
       operator_key.created_at AS key_created_at
     FROM dashboard_session LEFT JOIN operator_key ON operator_key.id = owner
     WHERE dashboard_session.secret_hash = ?1 AND kind = 'session' AND expires_at > ?2`,
    [secretHash, now],
  );
  return row === null ? null : toSession(row);
}

export function* findDashboardLink(
  s: Session,
  { secretHash, now }: Params<"findLink">,
): Steps<boolean> {
  const row = yield* s.one(
    "SELECT 1 AS one FROM dashboard_session WHERE secret_hash = ?1 AND kind = 'link' AND expires_at > ?2",
    [secretHash, now],
  );
  return row !== null;
}

export function* extendDashboard(
  s: WriteSession,
  { secretHash, expiresAt }: Params<"extend">,
): Steps<void> {
  yield* s.run(
    `UPDATE dashboard_session SET expires_at = ?2
     WHERE secret_hash = ?1 AND expires_at < ?2 AND ends_at >= ?2`,
    [secretHash, expiresAt],
  );
}

export function* endDashboard(s: WriteSession, { secretHash }: Params<"end">): Steps<boolean> {
  return (yield* s.run("DELETE FROM dashboard_session WHERE secret_hash = ?1", [secretHash])) > 0;
}

export function* endDashboards(s: WriteSession, { owner }: Params<"endAll">): Steps<void> {
  yield* s.run("DELETE FROM dashboard_session WHERE owner = ?1", [owner]);
}

/** At most 50 rows per owner, and a server has at most 200 operator keys. */
export function* endOtherDashboards(
  s: WriteSession,
  { keptHash }: Params<"endOthers">,
): Steps<number> {
  // No hash is empty.
  const kept = keptHash ?? new Uint8Array();
  return yield* s.run("DELETE FROM dashboard_session WHERE secret_hash <> ?1", [kept]);
}

/** Part of the sweep. */
export function* deleteExpiredDashboards(
  s: WriteSession,
  now: number,
  limit: number,
): Steps<number> {
  return yield* s.run(
    `DELETE FROM dashboard_session WHERE secret_hash IN
       (SELECT secret_hash FROM dashboard_session WHERE expires_at <= ?1
        ORDER BY expires_at LIMIT ?2)`,
    [now, limit],
  );
}

/** The new row is never the one that ends. On PostgreSQL concurrent calls may pass the limit until the next. */
function* insert(s: WriteSession, kind: Kind, row: NewDashboardSession): Steps<void> {
  const count = yield* s.one<{ count: number }>(
    "SELECT count(*) AS count FROM dashboard_session WHERE owner = ?1",
    [row.owner],
  );
  const most = s.limits.dashboardSessions;
  if ((count?.count ?? 0) >= most) {
    yield* s.run(
      `DELETE FROM dashboard_session WHERE owner = ?1 AND secret_hash NOT IN
         (SELECT secret_hash FROM dashboard_session WHERE owner = ?1
          ORDER BY created_at DESC LIMIT ?2)`,
      [row.owner, most - 1],
    );
  }
  yield* s.insert("dashboard_session", [{ ...row, kind }]);
}

function toSession({ id, owner, expiresAt, endsAt, ...key }: Row): DashboardSession {
  const { keyName: name, keyRole: role, keyHash: secretHash, keyCreatedAt: createdAt } = key;
  const operatorKey =
    name === null || role === null || secretHash === null || createdAt === null
      ? null
      : { id: owner, name, role: role as OperatorRole, secretHash, createdAt };
  return { id, owner, expiresAt, endsAt, operatorKey };
}
