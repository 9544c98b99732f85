/** Rows of endpoints that the writer has read: all of an app, or single ones. */
import { createEndpointIndex, type EndpointIndex } from "../../../core/events/endpoint-index.ts";
import type { EndpointStatus } from "../../../core/events/endpoint-match.ts";
import type { Dialect } from "../../../core/snapshot.ts";
import type { QueueEndpoint } from "../../queue/queue-endpoint.ts";
import type { Connection } from "../connection.ts";

export type CachedEndpoint = QueueEndpoint & {
  /** Set by `setProbeAt` only. */
  probeAt: number | null;
};

export type CachedEndpoints = {
  /** Endpoints of the app that are not deleted. */
  load(appSeq: number): EndpointIndex<CachedEndpoint>;
  /** The endpoint in any status, including deleted. */
  find(id: string): CachedEndpoint | null;
  findBySeq(seq: number): CachedEndpoint | null;
  /** Forgets all endpoints of the app; this costs only their number. */
  forget(appSeq: number): void;
  clear(): void;
};

/** At this number the cache is cleared. It bounds memory, not the number of endpoints. */
const ENDPOINT_LIMIT = 100_000;

const PROBE_AT = `(SELECT probeAt FROM endpointState
  WHERE endpointSeq = endpoint.seq AND breaker = 'open') AS probeAt`;
const ENDPOINT_COLUMNS = `seq, id, appSeq, dialect, status, eventTypes, channels, tags, lines, wantsHistory,
  shard, version, parkedMs, parkedAt, skipAfterMs, ${PROBE_AT}`;

export function createCachedEndpoints({ sql }: Connection): CachedEndpoints {
  const byApp = new Map<number, EndpointIndex<CachedEndpoint>>();
  const byId = new Map<string, CachedEndpoint>();
  const bySeq = new Map<number, CachedEndpoint>();
  /** The cached endpoints of an app, its full list or single ones. */
  const cachedByApp = new Map<number, Set<CachedEndpoint>>();

  function keep(row: Record<string, unknown>): CachedEndpoint {
    const endpoint = toEndpoint(row);
    const known = bySeq.get(endpoint.seq);
    if (known !== undefined) return known;
    if (bySeq.size >= ENDPOINT_LIMIT) clear();
    byId.set(endpoint.endpointId, endpoint);
    bySeq.set(endpoint.seq, endpoint);
    const kept = cachedByApp.get(endpoint.appSeq);
    if (kept === undefined) cachedByApp.set(endpoint.appSeq, new Set([endpoint]));
    else kept.add(endpoint);
    return endpoint;
  }

  function load(appSeq: number): EndpointIndex<CachedEndpoint> {
    const known = byApp.get(appSeq);
    if (known !== undefined) return known;
    const rows = sql(
      `SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE appSeq = ? AND status <> 'deleted' ORDER BY seq`,
    ).all(appSeq);
    if (bySeq.size + rows.length >= ENDPOINT_LIMIT) clear();
    const found = createEndpointIndex<CachedEndpoint>();
    for (const endpoint of rows.map(keep)) found.put(endpoint, endpoint.seq);
    byApp.set(appSeq, found);
    return found;
  }

  function find(id: string): CachedEndpoint | null {
    const known = byId.get(id);
    if (known !== undefined) return known;
    const row = sql(`SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE id = ?`).get(id);
    return row === undefined ? null : keep(row);
  }

  function findBySeq(seq: number): CachedEndpoint | null {
    const known = bySeq.get(seq);
    if (known !== undefined) return known;
    const row = sql(`SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE seq = ?`).get(seq);
    return row === undefined ? null : keep(row);
  }

  function clear(): void {
    byApp.clear();
    byId.clear();
    bySeq.clear();
    cachedByApp.clear();
  }

  return {
    load,
    find,
    findBySeq,
    forget(appSeq) {
      for (const cached of cachedByApp.get(appSeq) ?? []) {
        byId.delete(cached.endpointId);
        bySeq.delete(cached.seq);
      }
      cachedByApp.delete(appSeq);
      byApp.delete(appSeq);
    },
    clear,
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
