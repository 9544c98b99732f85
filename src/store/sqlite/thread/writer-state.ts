/**
 * Cached rows of the only writer, so that accepting an event does not read the same rows again: apps,
 * endpoints, the shard table and the number of leased deliveries. The cache is valid because no other process
 * writes the file. A change of such a row inside the transaction calls `forget…`, and a rollback clears
 * everything.
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

export function createWriterState(connection: Connection): WriterState {
  const apps = createCachedApps(connection);
  const endpoints = createCachedEndpoints(connection);
  const leased = createRevertibleCounts();
  let shards: readonly CachedShard[] | undefined;
  /** True when the open transaction changed shards. */
  let isMoved = false;
  let fanningOut: Set<number> | undefined;
  /** True when the open transaction changed cached rows. */
  let changed = false;

  return {
    app: apps.find,
    loadEndpoints: endpoints.load,
    endpoint: endpoints.find,
    endpointBySeq: endpoints.findBySeq,
    shards: () => (shards ??= readShards(connection)),
    leased,
    isFanningOut: (appSeq) => (fanningOut ??= loadFanningOut(connection)).has(appSeq),
    addFanningOut(appSeq) {
      changed = true;
      fanningOut?.add(appSeq);
    },
    forgetFanningOut() {
      changed = true;
      fanningOut = undefined;
    },
    forgetApp(appSeq) {
      changed = true;
      apps.forget(appSeq);
    },
    forgetEndpoints(appSeq) {
      changed = true;
      endpoints.forget(appSeq);
    },
    forgetShards() {
      changed = true;
      isMoved = true;
      shards = undefined;
    },
    setProbeAt(cached, probeAt) {
      changed = true;
      cached.probeAt = probeAt;
    },
    mark: leased.mark,
    committed() {
      leased.committed();
      changed = false;
      if (!isMoved) return;
      isMoved = false;
      shards ??= readShards(connection);
      leased.keepOnly((shard) => shards?.[shard]?.fence);
    },
    rollback(mark) {
      leased.rollback(mark);
      if (!changed) return;
      isMoved = false;
      apps.clear();
      endpoints.clear();
      shards = undefined;
      fanningOut = undefined;
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
