/**
 * Cached rows of the only writer, so that accepting an event does not read the same rows again: apps,
 * endpoints, the shard table and the number of leased deliveries. The cache is valid because no other process
 * writes the file. A change of such a row inside the transaction calls `forget…`, and a rollback clears
 * everything.
 */
import type { EndpointStatus } from "../../../core/events/endpoint-match.ts";
import type { Account, Dialect } from "../../../core/snapshot.ts";
import type { QueueEndpoint } from "../../queue/queue-endpoint.ts";
import { SHARD_COUNT } from "../../interface/shards.ts";
import type { Connection } from "../connection.ts";

export type CachedApp = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly test: boolean;
  readonly account: Account;
};

export type CachedEndpoint = QueueEndpoint & {
  /** Set by `setProbeAt` only. */
  probeAt: number | null;
};

export type CachedShard = { owner: string | null; leaseUntil: number; fence: number };

export type WriterState = {
  /** The live app with this id or uid. */
  app(ref: string): CachedApp | null;
  /** Endpoints of the app that are not deleted, oldest first. */
  loadEndpoints(appSeq: number): readonly CachedEndpoint[];
  /** The endpoint in any status, including deleted. */
  endpoint(id: string): CachedEndpoint | null;
  endpointBySeq(seq: number): CachedEndpoint | null;
  /** All 256, by number. */
  shards(): readonly CachedShard[];
  /** Deliveries of the endpoint that are leased under this fence. */
  leased(endpointSeq: number, fence: number): number;
  addLeased(endpointSeq: number, fence: number, count: number): void;
  /** Called after a change, creation or deletion of the app's row, inside the transaction. */
  forgetApp(appSeq: number): void;
  /** Called after a change of any endpoint row of the app, inside the transaction. */
  forgetEndpoints(appSeq: number): void;
  forgetShards(): void;
  /** Called together with the write of the row, inside the transaction. */
  setProbeAt(endpoint: CachedEndpoint, probeAt: number | null): void;
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  committed(): void;
  /** Reverts counts since `mark`, and forgets rows that the transaction had changed. */
  rollback(mark: number): void;
};

/** Limits at which a cache is cleared. They bound memory, not the number of apps. */
const APP_LIMIT = 20_000;
const ENDPOINT_LIMIT = 100_000;

/** `metadata` is a flat object of strings, so its only `accountEmail` is the app's own. */
const APP_COLUMNS = "seq, id, uid, test, name, metadata ->> '$.accountEmail' AS accountEmail";
const PROBE_AT = `(SELECT probeAt FROM endpointState
  WHERE endpointSeq = endpoint.seq AND breaker = 'open') AS probeAt`;
const ENDPOINT_COLUMNS = `seq, id, appSeq, dialect, status, eventTypes, channels, tags, lines, wantsHistory,
  shard, version, parkedMs, parkedAt, skipAfterMs, ${PROBE_AT}`;

export function createWriterState({ sql }: Connection): WriterState {
  const apps = new Map<string, CachedApp>();
  const byApp = new Map<number, CachedEndpoint[]>();
  const byId = new Map<string, CachedEndpoint>();
  const bySeq = new Map<number, CachedEndpoint>();
  /** The cached endpoints of an app, its full list or single ones; forgetting costs only their number. */
  const cachedByApp = new Map<number, Set<CachedEndpoint>>();
  const leases = new Map<number, { fence: number; count: number }>();
  let shards: CachedShard[] | undefined;
  /** Lease counts changed by the open transaction, which a rollback reverts. */
  const undo: { endpointSeq: number; fence: number; count: number }[] = [];
  /** True when the open transaction changed cached rows. */
  let changed = false;

  function app(ref: string): CachedApp | null {
    const known = apps.get(ref);
    if (known !== undefined) return known;
    // Two searches, one in the unique index of ids and one in that of live uids.
    const row =
      sql(`SELECT ${APP_COLUMNS} FROM app WHERE id = ? AND deletedAt IS NULL`).get(ref) ??
      sql(`SELECT ${APP_COLUMNS} FROM app WHERE uid = ? AND deletedAt IS NULL`).get(ref);
    if (row === undefined) return null;
    const found = {
      seq: row["seq"] as number,
      id: row["id"] as string,
      uid: row["uid"] as string | null,
      test: row["test"] === 1,
      account: {
        name: row["name"] as string,
        email: (row["accountEmail"] as string | null) ?? null,
      },
    };
    if (apps.size >= APP_LIMIT) apps.clear();
    apps.set(ref, found);
    return found;
  }

  function keep(row: Record<string, unknown>): CachedEndpoint {
    const endpoint = toEndpoint(row);
    const known = bySeq.get(endpoint.seq);
    if (known !== undefined) return known;
    if (bySeq.size >= ENDPOINT_LIMIT) forgetAllEndpoints();
    byId.set(endpoint.endpointId, endpoint);
    bySeq.set(endpoint.seq, endpoint);
    const kept = cachedByApp.get(endpoint.appSeq);
    if (kept === undefined) cachedByApp.set(endpoint.appSeq, new Set([endpoint]));
    else kept.add(endpoint);
    return endpoint;
  }

  function loadEndpoints(appSeq: number): readonly CachedEndpoint[] {
    const known = byApp.get(appSeq);
    if (known !== undefined) return known;
    const rows = sql(
      `SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE appSeq = ? AND status <> 'deleted' ORDER BY seq`,
    ).all(appSeq);
    if (bySeq.size + rows.length >= ENDPOINT_LIMIT) forgetAllEndpoints();
    const found = rows.map(keep);
    byApp.set(appSeq, found);
    return found;
  }

  function endpoint(id: string): CachedEndpoint | null {
    const known = byId.get(id);
    if (known !== undefined) return known;
    const row = sql(`SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE id = ?`).get(id);
    return row === undefined ? null : keep(row);
  }

  function endpointBySeq(seq: number): CachedEndpoint | null {
    const known = bySeq.get(seq);
    if (known !== undefined) return known;
    const row = sql(`SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE seq = ?`).get(seq);
    return row === undefined ? null : keep(row);
  }

  function readShards(): CachedShard[] {
    const table = Array.from({ length: SHARD_COUNT }, (): CachedShard => ({
      owner: null,
      leaseUntil: 0,
      fence: 0,
    }));
    for (const row of sql("SELECT shard, owner, leaseUntil, fence FROM shard").all()) {
      table[row["shard"] as number] = {
        owner: row["owner"] as string | null,
        leaseUntil: row["leaseUntil"] as number,
        fence: row["fence"] as number,
      };
    }
    return table;
  }

  function lease(endpointSeq: number, fence: number): { fence: number; count: number } {
    const known = leases.get(endpointSeq);
    if (known !== undefined && known.fence === fence) return known;
    // No delivery is leased yet under a new fence.
    const fresh = { fence, count: 0 };
    leases.set(endpointSeq, fresh);
    return fresh;
  }

  function addLeased(endpointSeq: number, fence: number, count: number): void {
    undo.push({ endpointSeq, fence, count });
    const known = lease(endpointSeq, fence);
    known.count += count;
    if (known.count === 0) leases.delete(endpointSeq);
  }

  function rollback(mark: number): void {
    for (const change of undo.splice(mark)) {
      lease(change.endpointSeq, change.fence).count -= change.count;
    }
    if (!changed) return;
    apps.clear();
    forgetAllEndpoints();
    shards = undefined;
  }

  function forgetEndpoints(appSeq: number): void {
    changed = true;
    for (const cached of cachedByApp.get(appSeq) ?? []) {
      byId.delete(cached.endpointId);
      bySeq.delete(cached.seq);
    }
    cachedByApp.delete(appSeq);
    byApp.delete(appSeq);
  }

  function forgetAllEndpoints(): void {
    byApp.clear();
    byId.clear();
    bySeq.clear();
    cachedByApp.clear();
  }

  return {
    app,
    loadEndpoints,
    endpoint,
    endpointBySeq,
    shards: () => (shards ??= readShards()),
    leased: (endpointSeq, fence) => lease(endpointSeq, fence).count,
    addLeased,
    forgetApp(appSeq) {
      changed = true;
      for (const [ref, cached] of apps) if (cached.seq === appSeq) apps.delete(ref);
    },
    forgetEndpoints,
    forgetShards() {
      changed = true;
      shards = undefined;
    },
    setProbeAt(cached, probeAt) {
      changed = true;
      cached.probeAt = probeAt;
    },
    mark: () => undo.length,
    committed() {
      undo.length = 0;
      changed = false;
    },
    rollback,
  };
}

function toEndpoint(row: Record<string, unknown>): CachedEndpoint {
  return {
    seq: row["seq"] as number,
    endpointId: row["id"] as string,
    appSeq: row["appSeq"] as number,
    dialect: row["dialect"] as Dialect,
    status: row["status"] as EndpointStatus,
    eventTypes: toList(row["eventTypes"]),
    channels: toList(row["channels"]),
    tags: toList(row["tags"]),
    lines: toList(row["lines"]),
    wantsHistory: row["wantsHistory"] === 1,
    shard: row["shard"] as number,
    version: row["version"] as number,
    parkedMs: row["parkedMs"] as number,
    parkedAt: row["parkedAt"] as number | null,
    skipAfterMs: row["skipAfterMs"] as number,
    probeAt: row["probeAt"] as number | null,
  };
}

function toList(text: unknown): readonly string[] | null {
  return text === null ? null : (JSON.parse(text as string) as string[]);
}
