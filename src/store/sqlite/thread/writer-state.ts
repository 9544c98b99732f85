/**
 * Cached rows of the only writer, so that accepting an event does not read the same rows again: apps,
 * endpoints, the shard table and the number of leased deliveries. The cache is valid because no other process
 * writes the file. A change of such a row inside the transaction calls `forget…`. A rollback forgets the rows
 * that the transaction had changed. So a tenant whose calls fail does not make the writer read the endpoints of
 * others again.
 */
import type { EndpointIndex } from "../../../core/events/endpoint-index.ts";
import type { AcceptApp } from "../../accept/accept-state.ts";
import { SHARD_COUNT } from "../../interface/shards.ts";
import type { Connection } from "../connection.ts";
import { createCachedApps } from "./cached-apps.ts";
import { createCachedEndpoints, type CachedEndpoint } from "./cached-endpoints.ts";
import { loadFanningOut } from "./fanning-out.ts";
import type { LeasedCounts } from "../../queue/leased-counts.ts";
import { createRevertibleCounts } from "./leased-counts.ts";

export type { CachedEndpoint } from "./cached-endpoints.ts";

export type CachedShard = { owner: string | null; leaseUntil: number; fence: number };

export type WriterState = {
  /** The live app with this id or uid. */
  app(ref: string): AcceptApp | null;
  /** Endpoints of the app that are not deleted. */
  loadEndpoints(appSeq: number): EndpointIndex<CachedEndpoint>;
  /** The endpoint in any status, including deleted. */
  endpoint(id: string): CachedEndpoint | null;
  endpointBySeq(seq: number): CachedEndpoint | null;
  /** All 256, by number. */
  shards(): readonly CachedShard[];
  /** The leased deliveries of all owners in this process. */
  readonly leased: LeasedCounts;
  /** Whether the app has events that are not fanned out. */
  isFanningOut(appSeq: number): boolean;
  /** Called together with the write of the row, inside the transaction. */
  addFanningOut(appSeq: number): void;
  /** Called after rows were deleted, inside the transaction. */
  forgetFanningOut(): void;
  /** Called after a change, creation or deletion of the app's row, inside the transaction. */
  forgetApp(appSeq: number): void;
  /** Called after a change of these endpoints of the app, inside the transaction. */
  forgetEndpoints(appSeq: number, ids: readonly string[]): void;
  forgetShards(): void;
  /** Called together with the write of the row, inside the transaction. */
  setProbeAt(endpoint: CachedEndpoint, probeAt: number | null): void;
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  committed(): void;
  /** Reverts counts since `mark`, and forgets rows that the transaction had changed. */
  rollback(mark: number): void;
  /** The same for the whole transaction. */
  abandon(): void;
};

export function createWriterState(connection: Connection): WriterState {
  const apps = createCachedApps(connection);
  const endpoints = createCachedEndpoints(connection);
  const leased = createRevertibleCounts();
  let shards: readonly CachedShard[] | undefined;
  let fanningOut: Set<number> | undefined;
  /** Whether the open transaction changed cached rows of this kind. */
  let isAppChanged = false;
  let isShardChanged = false;
  let isFanningOutChanged = false;

  function end(): void {
    endpoints.end();
    isAppChanged = false;
    isShardChanged = false;
    isFanningOutChanged = false;
  }

  function rollback(mark: number): void {
    leased.rollback(mark);
    endpoints.rollback();
    if (isAppChanged) apps.clear();
    if (isShardChanged) shards = undefined;
    if (isFanningOutChanged) fanningOut = undefined;
  }

  return {
    app: apps.find,
    loadEndpoints: endpoints.load,
    endpoint: endpoints.find,
    endpointBySeq: endpoints.findBySeq,
    shards: () => (shards ??= readShards(connection)),
    leased,
    isFanningOut: (appSeq) => (fanningOut ??= loadFanningOut(connection)).has(appSeq),
    addFanningOut(appSeq) {
      isFanningOutChanged = true;
      fanningOut?.add(appSeq);
    },
    forgetFanningOut() {
      isFanningOutChanged = true;
      fanningOut = undefined;
    },
    forgetApp(appSeq) {
      isAppChanged = true;
      apps.forget(appSeq);
    },
    forgetEndpoints: endpoints.forget,
    forgetShards() {
      isShardChanged = true;
      shards = undefined;
    },
    setProbeAt: endpoints.setProbeAt,
    mark: leased.mark,
    committed() {
      leased.committed();
      if (isShardChanged) {
        shards ??= readShards(connection);
        leased.keepOnly((shard) => shards?.[shard]?.fence);
      }
      end();
    },
    rollback,
    abandon() {
      rollback(0);
      end();
    },
  };
}

function readShards({ sql }: Connection): CachedShard[] {
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
