/**
 * Endpoints that a dialect changes as one set: read with a token, changed only while the set still matches
 * the token. Everything that a token covers is changed only under the app's lock. So it is enough to compare
 * and change in one transaction under that lock.
 */
import type { EndpointRow } from "../endpoint-row.ts";
import { MOST_READ, refuseOutside, type SetVersion, toToken } from "../endpoint-set.ts";
import type { Endpoint, EndpointSet, ReadSet, SetChange } from "../endpoints.ts";
import { findApp, type AppRow } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { loadEndpoints, findEndpoints } from "./endpoint-rows.ts";
import { replaceSecrets } from "./endpoint-secrets.ts";
import { changeEndpoints, insertEndpoints } from "./endpoint-writes.ts";
import { findAppToChange } from "./locked-app.ts";
import { registerKeysUsed } from "./encryption-keys.ts";
import type { Reader, Tx } from "./types.ts";

/** Rows of one statement; between two statements the process does other work. */
const CHUNK = 500;

export async function readSet(reader: Reader, p: EndpointSet): Promise<ReadSet | null> {
  const app = await findApp(reader, p.appRef);
  if (app === null) return null;
  const versions: SetVersion[] = [];
  const endpoints: Endpoint[] = [];
  let after = 0;
  for (;;) {
    const limit = Math.min(CHUNK, MOST_READ - versions.length);
    const rows = await selectSet<EndpointRow>(reader, { ...p, app, columns: "*", after, limit });
    versions.push(...rows);
    endpoints.push(...(await loadEndpoints(reader, rows, () => app.id)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK || versions.length === MOST_READ) break;
    after = last.seq;
    reader.checkDeadline();
  }
  const state = await findState(reader, p, app);
  return { appId: app.id, endpoints, state, token: toToken(app.id, versions, state) };
}

export async function changeSet(
  tx: Tx,
  p: EndpointSet & { token: string; change: SetChange; now: number },
): Promise<readonly Endpoint[] | null> {
  const app = await findAppToChange(tx, p.appRef);
  if (app === null) return null;
  const columns = "id, version";
  const limit = MOST_READ;
  const versions = await selectSet<SetVersion>(tx, { ...p, app, columns, after: 0, limit });
  if (toToken(app.id, versions, await findState(tx, p, app)) !== p.token) return null;
  refuseOutside(p, versions);
  const { create, remove, state } = p.change;
  // Removals come first: a new endpoint may take the uid of a removed one.
  const removed = await changeEndpoints(tx, {
    app,
    changes: await withRows(
      tx,
      app,
      remove.map((endpointId) => ({ endpointId, change: { status: "deleted" } })),
    ),
    now: p.now,
  });
  const updated = await updateAll(tx, app, p);
  const created = await insertEndpoints(tx, app, create);
  if (state !== undefined) await writeState(tx, p, { app, state });
  return [...removed, ...updated, ...created];
}

type SetUpdate = SetChange["update"][number];

async function updateAll(
  tx: Tx,
  app: AppRow,
  { change, now }: { change: SetChange; now: number },
): Promise<readonly Endpoint[]> {
  const changes = await withRows(tx, app, change.update);
  await replaceSecrets(
    tx,
    changes.flatMap(({ row, secret }) => {
      if (secret === undefined) return [];
      const secrets =
        secret === null ? [] : [{ encrypted: secret, createdAt: now, expiresAt: null }];
      return [{ endpointSeq: row.seq, secrets }];
    }),
  );
  return await changeEndpoints(tx, { app, changes, now });
}

/** All of them belong to the set, which the token has proved unchanged. */
async function withRows(
  tx: Tx,
  app: AppRow,
  updates: readonly SetUpdate[],
): Promise<readonly (SetUpdate & { readonly row: EndpointRow })[]> {
  if (updates.length === 0) return [];
  const ids = updates.map(({ endpointId }) => endpointId);
  const rows = await findEndpoints(tx, app.seq, ids);
  return updates.map((update) => ({
    ...update,
    row: rows.get(update.endpointId) as EndpointRow,
  }));
}

/** Oldest first. The index `endpoint_line` returns a line's endpoints in order, `endpoint_app` an app's. */
async function selectSet<Row>(
  connection: Connection,
  p: EndpointSet & {
    app: AppRow;
    columns: "*" | "id, version";
    after: number;
    limit: number;
  },
): Promise<readonly Row[]> {
  const values = [p.app.seq, p.dialect, p.after, p.limit];
  return await connection.sql<Row>(
    `SELECT ${p.columns} FROM endpoint
     WHERE app_seq = $1 AND dialect = $2 AND seq > $3 AND status <> 'deleted'
       ${p.line === null ? "" : "AND lines = $5"}
     ORDER BY seq LIMIT $4`,
    p.line === null ? values : [...values, JSON.stringify([p.line])],
  );
}

async function findState(
  connection: Connection,
  p: EndpointSet,
  app: AppRow,
): Promise<Uint8Array | null> {
  const [row] = await connection.sql<{ encrypted: Uint8Array }>(
    "SELECT encrypted FROM dialect_state WHERE app_seq = $1 AND dialect = $2",
    [app.seq, p.dialect],
  );
  return row?.encrypted ?? null;
}

async function writeState(
  tx: Tx,
  p: EndpointSet,
  { app, state }: { app: AppRow; state: Uint8Array | null },
): Promise<void> {
  if (state === null) {
    await tx.run("DELETE FROM dialect_state WHERE app_seq = $1 AND dialect = $2", [
      app.seq,
      p.dialect,
    ]);
    return;
  }
  await registerKeysUsed(tx, [state]);
  await tx.run(
    `INSERT INTO dialect_state (app_seq, dialect, encrypted) VALUES ($1, $2, $3)
     ON CONFLICT (app_seq, dialect) DO UPDATE SET encrypted = excluded.encrypted`,
    [app.seq, p.dialect, state],
  );
}
