/**
 * Endpoints that a dialect changes as one set: read with a token, changed only while the set still
 * matches the token. Everything that a token covers is changed only under the application's lock, so
 * comparing and changing in one transaction under that lock is enough.
 */
import type { EndpointRow } from "./endpoint-row.ts";
import { MAX_READ, refuseOutside, type SetVersion, toToken } from "./endpoint-set.ts";
import type { Endpoint, EndpointSet, ReadSet, SetChange } from "../interface/endpoints.ts";
import { registerKeysUsed } from "../maintenance/store-keys.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { type AppRow, findApp, lockApp } from "../tenancy/app-row.ts";
import { findEndpoints, loadEndpoints } from "./rows.ts";
import { replaceSecrets } from "./secrets.ts";
import { noChange, saveUsage, type UsageChange } from "./usage.ts";
import { changeEndpoints, insertEndpoints } from "./write.ts";

/** Rows of one statement; between two statements the process does other work. */
const CHUNK = 500;

export function* readSet(s: Session, p: EndpointSet): Steps<ReadSet | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const versions: SetVersion[] = [];
  const endpoints: Endpoint[] = [];
  let after = 0;
  for (;;) {
    const limit = Math.min(CHUNK, MAX_READ - versions.length);
    const rows = yield* selectSet<EndpointRow>(s, { ...p, app, columns: "*", after, limit });
    versions.push(...rows);
    endpoints.push(...(yield* loadEndpoints(s, rows, () => app.id)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK || versions.length === MAX_READ) break;
    after = last.seq;
    s.checkDeadline();
  }
  const state = yield* findState(s, p, app);
  return { appId: app.id, endpoints, state, token: toToken(app.id, versions, state) };
}

export function* changeSet(
  s: WriteSession,
  p: EndpointSet & { token: string; change: SetChange; now: number },
): Steps<readonly Endpoint[] | null> {
  const app = yield* lockApp(s, p.appRef);
  if (app === null) return null;
  const { create, remove, state } = p.change;
  const { now } = p;
  const some = { columns: "id, version", after: 0, limit: MAX_READ } as const;
  const versions = yield* selectSet<SetVersion>(s, { ...p, app, ...some });
  if (toToken(app.id, versions, yield* findState(s, p, app)) !== p.token) return null;
  refuseOutside(p, versions);
  const usage = noChange();
  // Removals come first: a new endpoint may take the uid of a removed one.
  const removals = remove.map(
    (endpointId) => ({ endpointId, change: { status: "deleted" } }) as const,
  );
  const removed = yield* changeEndpoints(s, {
    app,
    changes: yield* withRows(s, app, removals),
    now,
    usage,
  });
  const updated = yield* updateAll(s, { ...p, app, usage });
  const created = yield* insertEndpoints(s, { app, endpoints: create, usage });
  yield* saveUsage(s, app, usage);
  if (state !== undefined) yield* writeState(s, p, { app, state });
  return [...removed, ...updated, ...created];
}

type SetUpdate = SetChange["update"][number];

function* updateAll(
  s: WriteSession,
  p: { app: AppRow; change: SetChange; now: number; usage: UsageChange },
): Steps<readonly Endpoint[]> {
  const { app, now, usage } = p;
  const changes = yield* withRows(s, app, p.change.update);
  yield* replaceSecrets(
    s,
    changes.flatMap(({ row, secret }) => {
      if (secret === undefined) return [];
      const only = secret === null ? [] : [{ encrypted: secret, createdAt: now, expiresAt: null }];
      return [{ endpointSeq: row.seq, secrets: only }];
    }),
  );
  return yield* changeEndpoints(s, { app, changes, now, usage });
}

/** All of them belong to the set, which the token has proved unchanged. */
function* withRows(
  s: Session,
  app: AppRow,
  updates: readonly SetUpdate[],
): Steps<readonly (SetUpdate & { readonly row: EndpointRow })[]> {
  if (updates.length === 0) return [];
  const ids = updates.map(({ endpointId }) => endpointId);
  const rows = yield* findEndpoints(s, app.seq, ids);
  return updates.map((update) => ({ ...update, row: rows.get(update.endpointId) as EndpointRow }));
}

/**
 * Oldest first. `endpoint_line` returns a line's endpoints in order, `endpoint_app` an application's. The prefix is
 * the column of `endpoint_line` on PostgreSQL.
 */
function* selectSet<Row>(
  s: Session,
  p: EndpointSet & {
    readonly app: AppRow;
    readonly columns: "*" | "id, version";
    readonly after: number;
    readonly limit: number;
  },
): Steps<readonly Row[]> {
  const values = [p.app.seq, p.dialect, p.after, p.limit];
  return yield* s.all<Row>(
    `SELECT ${p.columns} FROM endpoint
     WHERE app_seq = ?1 AND dialect = ?2 AND seq > ?3 AND status <> 'deleted'
       ${p.line === null ? "" : "AND lines = ?5 AND substr(lines, 1, 64) = ?5"}
     ORDER BY seq LIMIT ?4`,
    p.line === null ? values : [...values, JSON.stringify([p.line])],
  );
}

function* findState(s: Session, p: EndpointSet, app: AppRow): Steps<Uint8Array | null> {
  const row = yield* s.one<{ encrypted: Uint8Array }>(
    "SELECT encrypted FROM dialect_state WHERE app_seq = ?1 AND dialect = ?2",
    [app.seq, p.dialect],
  );
  return row?.encrypted ?? null;
}

function* writeState(
  s: WriteSession,
  p: EndpointSet,
  { app, state }: { app: AppRow; state: Uint8Array | null },
): Steps<void> {
  const of = [app.seq, p.dialect];
  if (state === null) {
    yield* s.run("DELETE FROM dialect_state WHERE app_seq = ?1 AND dialect = ?2", of);
    return;
  }
  yield* registerKeysUsed(s, [state]);
  yield* s.run(
    `INSERT INTO dialect_state (app_seq, dialect, encrypted) VALUES (?1, ?2, ?3)
     ON CONFLICT (app_seq, dialect) DO UPDATE SET encrypted = excluded.encrypted`,
    [...of, state],
  );
}
