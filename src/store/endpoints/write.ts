/**
 * Creates and changes endpoints, many at once. The caller has locked the application before reading their
 * rows. Every change bumps the version, notifies the shard's owner, and outdates cached endpoints (I11).
 */
import { changeableColumns, type EndpointRow, toEndpoint } from "./endpoint-row.ts";
import type { Endpoint, EndpointChange } from "../interface/endpoints.ts";
import { registerKeysUsed } from "../maintenance/store-keys.ts";
import type { Steps, WriteSession } from "../session.ts";
import type { AppRow } from "../tenancy/app-row.ts";
import { reportChanged, reportCreated } from "./endpoint-events.ts";
import { loadEndpoints } from "./rows.ts";
import { insertSecrets } from "./secrets.ts";
import { followStatus, parkedColumns, type PlannedChange } from "./status.ts";
import { countEndpoint, type UsageChange } from "./usage.ts";
import { freeUids, refuseTakenUids } from "./uids.ts";

/**
 * Refuses with `conflict` when another live endpoint of the application has one of the uids. The caller saves
 * the change of `usage`.
 */
export function* insertEndpoints(
  s: WriteSession,
  p: {
    readonly app: AppRow;
    readonly endpoints: readonly Endpoint[];
    readonly usage: UsageChange;
  },
): Steps<readonly Endpoint[]> {
  const { app, endpoints } = p;
  if (endpoints.length === 0) return [];
  yield* refuseTakenUids(
    s,
    app.seq,
    endpoints.map(({ uid }) => ({ before: null, after: uid })),
  );
  yield* registerKeysUsed(s, endpoints.flatMap(encryptedIn));
  const rows = yield* s.insertReturning<EndpointRow>(
    "endpoint",
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
  for (const row of rows) countEndpoint(p.usage, row, 1);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const made = endpoints.map(({ endpointId }) => byId.get(endpointId) as EndpointRow);
  yield* insertSecrets(
    s,
    endpoints.map(({ secrets }, i) => ({ endpointSeq: (made[i] as EndpointRow).seq, secrets })),
  );
  yield* s.endpointsChanged(app.seq, toIds(made));
  yield* reportCreated(s, endpoints);
  return yield* loadEndpoints(s, made, () => app.id);
}

function toIds(rows: readonly EndpointRow[]): readonly string[] {
  return rows.map(({ id }) => id);
}

function encryptedIn({ encryptedHeaders, encryptedTls, encryptedUserinfo }: EndpointChange) {
  return [encryptedHeaders, encryptedTls, encryptedUserinfo];
}

/**
 * Changes each live endpoint once and returns the changed endpoints. Refuses with `conflict` as
 * `insertEndpoints` does. The caller saves the change of `usage`.
 */
export function* changeEndpoints(
  s: WriteSession,
  p: {
    readonly app: AppRow;
    readonly changes: readonly { readonly row: EndpointRow; readonly change: EndpointChange }[];
    readonly now: number;
    readonly usage: UsageChange;
    readonly failingSince?: number | null;
  },
): Steps<readonly Endpoint[]> {
  const { app, now, failingSince = null } = p;
  if (p.changes.length === 0) return [];
  yield* registerKeysUsed(
    s,
    p.changes.flatMap(({ change }) => encryptedIn(change)),
  );
  const planned = p.changes.map(({ row, change }) => plan(row, change, app.id));
  const renamed = planned.filter(({ before, after }) => before.uid !== after.uid);
  yield* refuseTakenUids(
    s,
    app.seq,
    renamed.map(({ before, after }) => ({ before: before.uid, after: after.uid })),
  );
  yield* freeUids(
    s,
    renamed.map(({ row }) => row.seq),
  );
  const rows = yield* updateRows(s, planned, now);
  for (const { row } of planned) countEndpoint(p.usage, row, -1);
  for (const row of rows) if (row.status !== "deleted") countEndpoint(p.usage, row, 1);
  yield* s.endpointsChanged(app.seq, toIds(rows));
  yield* followStatus(s, planned, now);
  yield* reportChanged(s, planned, { now, failingSince });
  for (const { id, version, shard } of rows) {
    s.endpointChanged({ endpointId: id, version, shard });
  }
  return yield* loadEndpoints(s, rows, () => app.id);
}

function plan(row: EndpointRow, change: EndpointChange, appId: string): PlannedChange {
  const before = toEndpoint(row, { appId, secrets: [] });
  const status = change.status ?? before.status;
  // An enabled endpoint has no reason for being disabled.
  const disabledReason = status === "enabled" ? null : before.disabledReason;
  return { row, before, after: { ...before, disabledReason, ...change, status } };
}

function* updateRows(
  s: WriteSession,
  planned: readonly PlannedChange[],
  now: number,
): Steps<readonly EndpointRow[]> {
  const rows = yield* s.updateReturning<EndpointRow>(
    "endpoint",
    planned.map(({ row, after }) => ({
      ...changeableColumns(after),
      status: after.status,
      ...parkedColumns(row, after.status, now),
      version: row.version + 1,
      updatedAt: now,
      seq: row.seq,
    })),
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return planned.map(({ row }) => bySeq.get(row.seq) as EndpointRow);
}
