/**
 * Rows of endpoints that the writer has read: single ones, or all of an app with an index for matching. A change
 * of an endpoint costs one row, however many endpoints and filters its app has.
 */
import {
  type ChangingEndpointIndex,
  createEndpointIndex,
  type EndpointIndex,
} from "../../../core/events/endpoint-index.ts";
import type { EndpointStatus } from "../../../core/events/endpoint-match.ts";
import type { Dialect } from "../../../core/snapshot.ts";
import { CACHED_WEIGHT, type QueueEndpoint, weighEndpoint } from "../../queue/queue-endpoint.ts";
import { createWeightedCache } from "../../weighted-cache.ts";
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
  /** Called after a change of these rows: their next use reads them again. */
  forget(appSeq: number, ids: readonly string[]): void;
  /** Called together with the write of the row. */
  setProbeAt(endpoint: CachedEndpoint, probeAt: number | null): void;
  /** Ends the transaction: its changes need not be reverted any more. */
  end(): void;
  /** Forgets each row that the open transaction has changed. */
  rollback(): void;
};

type CachedApp = {
  /** All cached endpoints of the app, whether they are in the index or not. */
  readonly endpoints: Set<CachedEndpoint>;
  /** Null until all endpoints of the app are needed. */
  index: ChangingEndpointIndex<CachedEndpoint> | null;
  /** Endpoints that the index may have as they were before a change. */
  readonly outdated: Set<string>;
};

/** From this number on, reading all endpoints of the app is as fast as reading these. */
const OUTDATED_LIMIT = 1_000;

const PROBE_AT = `(SELECT probeAt FROM endpointState
  WHERE endpointSeq = endpoint.seq AND breaker = 'open') AS probeAt`;
const ENDPOINT_COLUMNS = `seq, id, appSeq, dialect, status, eventTypes, channels, tags, lines, wantsHistory,
  filter, shard, version, parkedMs, parkedAt, skipAfterMs, ${PROBE_AT}`;

export function createCachedEndpoints({ sql }: Connection): CachedEndpoints {
  const byId = new Map<string, CachedEndpoint>();
  const bySeq = new Map<number, CachedEndpoint>();
  const apps = createWeightedCache<number, CachedApp>({
    limit: CACHED_WEIGHT,
    dropped({ endpoints }) {
      for (const endpoint of endpoints) remove(endpoint);
    },
  });
  /** The app of each endpoint that the open transaction has changed. */
  const changed = new Map<string, number>();

  function remove({ endpointId, seq }: CachedEndpoint): void {
    byId.delete(endpointId);
    bySeq.delete(seq);
  }

  function ensureApp(appSeq: number): CachedApp {
    const known = apps.get(appSeq);
    if (known !== undefined) return known;
    const app: CachedApp = { endpoints: new Set(), index: null, outdated: new Set() };
    apps.set(appSeq, app, 1);
    return app;
  }

  function keep(row: Record<string, unknown>): CachedEndpoint {
    const known = bySeq.get(row["seq"] as number);
    if (known !== undefined) return known;
    const endpoint = toEndpoint(row);
    byId.set(endpoint.endpointId, endpoint);
    bySeq.set(endpoint.seq, endpoint);
    ensureApp(endpoint.appSeq).endpoints.add(endpoint);
    apps.addWeight(endpoint.appSeq, weighEndpoint(endpoint));
    return endpoint;
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

  function createIndex(appSeq: number): ChangingEndpointIndex<CachedEndpoint> {
    const index = createEndpointIndex<CachedEndpoint>();
    const rows = sql(
      `SELECT ${ENDPOINT_COLUMNS} FROM endpoint WHERE appSeq = ? AND status <> 'deleted' ORDER BY seq`,
    ).all(appSeq);
    for (const row of rows) index.put(keep(row), row["seq"] as number);
    return index;
  }

  function renew(index: ChangingEndpointIndex<CachedEndpoint>, outdated: Set<string>): void {
    for (const id of outdated) {
      const endpoint = find(id);
      if (endpoint === null || endpoint.status === "deleted") index.remove(id);
      else index.put(endpoint, endpoint.seq);
    }
    outdated.clear();
  }

  function outdate(appSeq: number, id: string): void {
    const app = apps.get(appSeq);
    if (app === undefined) return;
    const known = byId.get(id);
    if (known !== undefined) {
      remove(known);
      app.endpoints.delete(known);
      apps.addWeight(appSeq, -weighEndpoint(known));
    }
    if (app.index === null) return;
    app.outdated.add(id);
    if (app.outdated.size > OUTDATED_LIMIT) apps.delete(appSeq);
  }

  return {
    load(appSeq) {
      const app = ensureApp(appSeq);
      const index = (app.index ??= createIndex(appSeq));
      if (app.outdated.size > 0) renew(index, app.outdated);
      return index;
    },
    find,
    findBySeq,
    forget(appSeq, ids) {
      for (const id of ids) {
        changed.set(id, appSeq);
        outdate(appSeq, id);
      }
    },
    setProbeAt(endpoint, probeAt) {
      changed.set(endpoint.endpointId, endpoint.appSeq);
      endpoint.probeAt = probeAt;
    },
    end: () => changed.clear(),
    rollback() {
      for (const [id, appSeq] of changed) outdate(appSeq, id);
    },
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
    filter: row["filter"] as string | null,
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
