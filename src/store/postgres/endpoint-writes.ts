/**
 * Creates and changes endpoints, many per statement. The caller has locked the app before reading their rows.
 * Every change bumps the version, notifies the shard's owner, and outdates every node's cache of the app's
 * endpoints (I11).
 */
import { AppError } from "../../core/error.ts";
import { changeableColumns, type EndpointRow, toEndpoint } from "../endpoint-row.ts";
import type { Endpoint, EndpointChange } from "../endpoints.ts";
import { touchEndpoints } from "./app-locks.ts";
import type { AppRow } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { parkedUntil } from "./endpoint-load.ts";
import { requeueEndpoints } from "./endpoint-queue.ts";
import { columnArrays, loadEndpoint, loadEndpoints } from "./endpoint-rows.ts";
import { insertSecrets } from "./endpoint-secrets.ts";
import { forgetPauses, forgetStates, probeManyNow } from "./endpoint-state.ts";
import { registerKeysUsed } from "./encryption-keys.ts";
import type { Tx } from "./types.ts";

/** Refuses with `conflict` when another live endpoint of the app has one of the uids. */
export async function insertEndpoints(
  tx: Tx,
  app: AppRow,
  endpoints: readonly Endpoint[],
): Promise<readonly Endpoint[]> {
  if (endpoints.length === 0) return [];
  await refuseTakenUids(
    tx,
    app.seq,
    endpoints.map(({ uid }) => ({ before: null, after: uid })),
  );
  await registerKeysUsed(tx, endpoints.flatMap(encryptedIn));
  const { names, unnest, values } = columnArrays(
    endpoints.map((endpoint) => ({
      ...changeableColumns(endpoint),
      id: endpoint.endpointId,
      appSeq: app.seq,
      dialect: endpoint.dialect,
      status: endpoint.status,
      parkedAt: endpoint.status === "enabled" ? null : endpoint.createdAt,
      shard: endpoint.shard,
      version: endpoint.version,
      createdAt: endpoint.createdAt,
      updatedAt: endpoint.updatedAt,
    })),
  );
  const columns = names.join(", ");
  // Lists are ordered by seq, so seqs are assigned in the order of the endpoints.
  const rows = await tx.sql<EndpointRow>(
    `INSERT INTO endpoint (${columns})
     SELECT ${columns} FROM ${unnest} WITH ORDINALITY AS given (${columns}, place) ORDER BY place
     RETURNING *`,
    values,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const made = endpoints.map(({ endpointId }) => byId.get(endpointId) as EndpointRow);
  await insertSecrets(
    tx,
    endpoints.map(({ secrets }, i) => ({ endpointSeq: (made[i] as EndpointRow).seq, secrets })),
  );
  await touchEndpoints(tx, app.seq);
  return await loadEndpoints(tx, made, () => app.id);
}

function encryptedIn({ encryptedHeaders, encryptedTls, encryptedUserinfo }: EndpointChange) {
  return [encryptedHeaders, encryptedTls, encryptedUserinfo];
}

type Planned = {
  readonly row: EndpointRow;
  readonly before: Endpoint;
  readonly after: Endpoint;
};

/**
 * Changes each endpoint once and returns the changed endpoints. Refuses with `conflict` as `insertEndpoints`
 * does.
 */
export async function changeEndpoints(
  tx: Tx,
  p: {
    app: AppRow;
    changes: readonly { readonly row: EndpointRow; readonly change: EndpointChange }[];
    now: number;
  },
): Promise<readonly Endpoint[]> {
  const { app, now } = p;
  if (p.changes.length === 0) return [];
  await registerKeysUsed(
    tx,
    p.changes.flatMap(({ change }) => encryptedIn(change)),
  );
  const planned = p.changes.map(({ row, change }) => plan(row, change, app.id));
  const renamed = planned.filter(({ before, after }) => before.uid !== after.uid);
  await refuseTakenUids(
    tx,
    app.seq,
    renamed.map(({ before, after }) => ({ before: before.uid, after: after.uid })),
  );
  await freeUids(tx, renamed);
  const rows = await updateRows(tx, planned, now);
  await followStatus(tx, planned, now);
  await touchEndpoints(tx, app.seq);
  for (const { id, version, shard } of rows)
    tx.afterCommit.changed({ endpointId: id, version, shard });
  return await loadEndpoints(tx, rows, () => app.id);
}

function plan(row: EndpointRow, change: EndpointChange, appId: string): Planned {
  const before = toEndpoint(row, { appId, secrets: [] });
  const status = change.status ?? before.status;
  // An enabled endpoint has no reason for being disabled.
  const disabledReason = status === "enabled" ? null : before.disabledReason;
  return { row, before, after: { ...before, disabledReason, ...change, status } };
}

async function updateRows(
  tx: Tx,
  planned: readonly Planned[],
  now: number,
): Promise<readonly EndpointRow[]> {
  const { names, unnest, values } = columnArrays(
    planned.map(({ row, after }) => ({
      ...changeableColumns(after),
      status: after.status,
      ...parkedColumns(row, after.status, now),
      version: row.version + 1,
      updatedAt: now,
      seq: row.seq,
    })),
  );
  const changes = names.filter((name) => name !== "seq").map((name) => `${name} = given.${name}`);
  const rows = await tx.sql<EndpointRow>(
    `UPDATE endpoint SET ${changes.join(", ")} FROM ${unnest} AS given (${names.join(", ")})
     WHERE endpoint.seq = given.seq RETURNING endpoint.*`,
    values,
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return planned.map(({ row }) => bySeq.get(row.seq) as EndpointRow);
}

/** Parked time runs while an endpoint is not enabled; `claim` moves each schedule by it. */
function parkedColumns(row: EndpointRow, status: Endpoint["status"], now: number) {
  const { parkedMs, parkedAt } = row;
  if (status === row.status) return { parkedMs, parkedAt };
  if (status === "enabled") return { parkedMs: parkedUntil(row, now), parkedAt: null };
  return { parkedMs, parkedAt: parkedAt ?? now };
}

/**
 * An endpoint that is no longer enabled leaves the queue at once, however large its backlog. An endpoint that
 * is enabled again returns with its earliest due time.
 */
async function followStatus(tx: Tx, planned: readonly Planned[], now: number): Promise<void> {
  const toSeqs = (some: readonly Planned[]) => some.map(({ row }) => row.seq);
  const changed = planned.filter(({ before, after }) => before.status !== after.status);
  const left = changed.filter(({ after }) => after.status !== "enabled");
  const back = changed.filter(({ after }) => after.status === "enabled");
  // Failures from before an endpoint was disabled must not disable it again at its first new failure.
  const enabledAgain = back.filter(({ before }) => before.status === "disabled");
  await forgetStates(tx, toSeqs(enabledAgain));
  const moved = planned.filter(({ before, after }) => before.url !== after.url);
  await forgetPauses(tx, toSeqs(moved));
  const probedSooner = await probeManyNow(tx, toSeqs(planned), now);
  if (left.length > 0) {
    await tx.run("DELETE FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])", [
      toSeqs(left),
    ]);
  }
  await requeueEndpoints(tx, [...toSeqs(back), ...probedSooner]);
}

type UidChange = { readonly before: string | null; readonly after: string | null };

/** Changes are judged in order: a uid that an earlier change frees is available to a later one. */
async function refuseTakenUids(
  tx: Tx,
  appSeq: number,
  changes: readonly UidChange[],
): Promise<void> {
  const wanted = changes.flatMap(({ after }) => (after === null ? [] : [after]));
  if (wanted.length === 0) return;
  const rows = await tx.sql<{ uid: string }>(
    "SELECT uid FROM endpoint WHERE app_seq = $1 AND uid = ANY ($2::text[]) AND status <> 'deleted'",
    [appSeq, wanted],
  );
  const taken = new Set(rows.map(({ uid }) => uid));
  for (const { before, after } of changes) {
    if (after !== null && taken.has(after)) {
      throw new AppError(
        "conflict",
        `The application already has an endpoint with the uid "${after}"; use another uid.`,
      );
    }
    if (before !== null) taken.delete(before);
    if (after !== null) taken.add(after);
  }
}

/** The index is checked row by row, in any order within one statement. */
async function freeUids(tx: Tx, renamed: readonly Planned[]): Promise<void> {
  if (renamed.length < 2) return;
  await tx.run("UPDATE endpoint SET uid = NULL WHERE seq = ANY ($1::bigint[])", [
    renamed.map(({ row }) => row.seq),
  ]);
}

export async function endpointEvenDeleted(
  connection: Connection,
  id: string,
  appId: string,
): Promise<Endpoint> {
  const [row] = await connection.sql<EndpointRow>("SELECT * FROM endpoint WHERE id = $1", [id]);
  return await loadEndpoint(connection, row as EndpointRow, appId);
}
