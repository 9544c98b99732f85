/**
 * Keeps this node's share of the shards. It takes and renews them at a third of the lease. When another node
 * joins, it gives some up once their requests in flight have ended. The store decides by its clock whether
 * the lease has ended. This side never sends while that is possible: it counts from before the renewing call,
 * on the monotonic clock.
 */
import type { Instant } from "../../core/snapshot.ts";
import { SHARD_COUNT, type ShardStore } from "../../store/interface/shards.ts";
import { leaseLost, leaseUncertain, shardsReleased, shardsTaken } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { LaneRegistry } from "../lane/lane-registry.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Backoff } from "./loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type ShardLease = {
  /** Resolves after the first attempt to take shards. */
  start(): Promise<void>;
  /** Whether no other node can own these shards yet. */
  isCertain(): boolean;
  /** Whether the shard is about to be given up: no attempt starts for it. */
  isLeaving(shard: number): boolean;
  held(): number;
  stop(): void;
};

/** Interval while there are shards to take. */
const SOON_MS = 1000;
const BACKOFF: Backoff = { firstMs: 1000, lastMs: 1000 };
/** Time for requests in flight to end before their shard is given up. */
const LEAVE_MS = 5000;
const LEAVING_POLL_MS = 100;
const RENEWALS_PER_LEASE = 3;

export function createShardLease(given: {
  store: Pick<ShardStore, "hold" | "recover" | "owners" | "onFreed">;
  owner: string;
  /** Owners that start and end with this one, whether they have a lease yet or not. */
  siblings: readonly string[];
  clock: Clock;
  telemetry: Telemetry;
  leaseMs: number;
  /** Maximum number of shards, even if this node's share is larger. */
  atMost: number;
  registry: Pick<LaneRegistry, "underWay">;
  emit: Emit;
}): ShardLease {
  const { store, owner, clock, telemetry, leaseMs, atMost, emit } = given;
  let fences: ReadonlyMap<number, number> = new Map();
  let certainUntil = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let leaving: ReadonlySet<number> = new Set();
  let leavingSince = 0;
  let isDoubtReported = false;
  /** True until recovery has succeeded; without it, deliveries of former owners would never be found. */
  let isRecoveryDue = false;
  let onFirstTry: (() => void) | null = null;
  const calls = createStoreCalls(telemetry, "lease");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: renew });

  async function renew(): Promise<Instant> {
    const askedAt = clock.elapsed();
    try {
      const share = await loadShare();
      const isWaiting = mustWait(share);
      const held = await store.hold({ owner, atMost: isWaiting ? fences.size : share, leaseMs });
      certainUntil = askedAt + leaseMs;
      renewedAt = askedAt;
      isDoubtReported = false;
      const givenUp = isWaiting ? 0 : leaving.size;
      if (!isWaiting) leaving = new Set();
      await change(new Map(held.map(({ shard, fence }) => [shard, fence])), givenUp);
      if (isWaiting) return clock.now() + LEAVING_POLL_MS;
      return clock.now() + (fences.size >= share ? leaseMs / RENEWALS_PER_LEASE : SOON_MS);
    } finally {
      onFirstTry?.();
    }
  }

  /** The same share for all live nodes; the first ones by name get one more when it is uneven. */
  async function loadShare(): Promise<number> {
    const known = (await store.owners()).map((one) => one.owner);
    const names = new Set([...known, ...given.siblings, owner]);
    const place = [...names].toSorted().indexOf(owner);
    const more = place < SHARD_COUNT % names.size ? 1 : 0;
    return Math.min(atMost, Math.floor(SHARD_COUNT / names.size) + more);
  }

  /** The store keeps the lowest shards. No attempt starts for the others, and those in flight may end. */
  function mustWait(share: number): boolean {
    if (fences.size <= share) return false;
    if (leaving.size === 0) leavingSince = clock.elapsed();
    leaving = new Set([...fences.keys()].toSorted((a, b) => a - b).slice(share));
    return given.registry.underWay(leaving) > 0 && clock.elapsed() < leavingSince + LEAVE_MS;
  }

  async function change(next: ReadonlyMap<number, number>, givenUp: number): Promise<void> {
    const lost = [...fences].filter(([shard, fence]) => next.get(shard) !== fence).length;
    const taken = [...next].filter(([shard, fence]) => fences.get(shard) !== fence).length;
    fences = next;
    if (loop.isStopped()) return;
    if (givenUp > 0) shardsReleased(telemetry, { count: givenUp, held: next.size });
    if (lost > givenUp) leaseLost(telemetry, { count: lost - givenUp, held: next.size });
    if (taken > 0) shardsTaken(telemetry, { count: taken, held: next.size });
    isRecoveryDue ||= taken > 0;
    emit({ kind: "held", fences: next });
    if (!isRecoveryDue) return;
    let after: number | null = 0;
    while (after !== null) {
      const step: { readonly next: number | null } = await store.recover({ owner, after });
      after = step.next;
    }
    isRecoveryDue = false;
    // The remaining deliveries of the former owners are due again.
    emit({ kind: "due", at: clock.now() });
  }

  store.onFreed({ owner, listener: loop.wake });
  return {
    start() {
      const { promise, resolve } = Promise.withResolvers<void>();
      onFirstTry = resolve;
      loop.wake();
      return promise;
    },
    isCertain() {
      if (clock.elapsed() < certainUntil) return true;
      if (!isDoubtReported && !loop.isStopped() && renewedAt > 0) {
        isDoubtReported = true;
        leaseUncertain(telemetry, { renewedMsAgo: Math.round(clock.elapsed() - renewedAt) });
      }
      return false;
    },
    isLeaving: (shard) => leaving.has(shard),
    held: () => fences.size,
    stop: loop.stop,
  };
}
