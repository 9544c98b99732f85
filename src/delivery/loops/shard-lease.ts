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
import type { Clock } from "./clock.ts";
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

/** Interval while there are shards to take, or after a failure. */
const SOON_MS = 1000;
/** Time for requests in flight to end before their shard is given up. */
const LEAVE_MS = 5000;
const LEAVING_POLL_MS = 100;
const RENEWALS_PER_LEASE = 3;

export function createShardLease(given: {
  store: Pick<ShardStore, "hold" | "recover" | "owners" | "onFreed">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
  leaseMs: number;
  /** Maximum number of shards, even if this node's share is larger. */
  atMost: number;
  /** Returns how many deliveries of these shards are being sent or not recorded yet. */
  underWay: (shards: ReadonlySet<number>) => number;
  /** Shards were taken, and the remaining deliveries of their former owners are due again. */
  onTaken: () => void;
  /** Called after every renewal with the current fences: lanes under other fences must be dropped. */
  onHeld: (fences: ReadonlyMap<number, number>) => void;
}): ShardLease {
  const { store, owner, clock, telemetry, leaseMs, atMost } = given;
  let fences: ReadonlyMap<number, number> = new Map();
  let certainUntil = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let leaving: ReadonlySet<number> = new Set();
  let leavingSince = 0;
  let isRenewing = false;
  let isDoubtReported = false;
  /** True until recovery has succeeded; without it, deliveries of former owners would never be found. */
  let isRecoveryDue = false;
  const calls = createStoreCalls(telemetry, "lease");
  let isStopped = false;
  let cancelTimer: (() => void) | null = null;

  async function renew(): Promise<void> {
    if (isRenewing || isStopped) return;
    isRenewing = true;
    cancelTimer?.();
    const askedAt = clock.elapsed();
    let nextMs = SOON_MS;
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
      calls.worked();
      if (isWaiting) nextMs = LEAVING_POLL_MS;
      else if (fences.size >= share) nextMs = leaseMs / RENEWALS_PER_LEASE;
    } catch (err) {
      if (!isStopped) calls.failed(err);
    }
    isRenewing = false;
    arm(clock.now() + nextMs);
  }

  /** The same share for all live nodes; the first ones by name get one more when it is uneven. */
  async function loadShare(): Promise<number> {
    const names = new Set((await store.owners()).map((one) => one.owner)).add(owner);
    const place = [...names].toSorted().indexOf(owner);
    const more = place < SHARD_COUNT % names.size ? 1 : 0;
    return Math.min(atMost, Math.floor(SHARD_COUNT / names.size) + more);
  }

  /** The store keeps the lowest shards. No attempt starts for the others, and those in flight may end. */
  function mustWait(share: number): boolean {
    if (fences.size <= share) return false;
    if (leaving.size === 0) leavingSince = clock.elapsed();
    leaving = new Set([...fences.keys()].toSorted((a, b) => a - b).slice(share));
    return given.underWay(leaving) > 0 && clock.elapsed() < leavingSince + LEAVE_MS;
  }

  async function change(next: ReadonlyMap<number, number>, givenUp: number): Promise<void> {
    const lost = [...fences].filter(([shard, fence]) => next.get(shard) !== fence).length;
    const taken = [...next].filter(([shard, fence]) => fences.get(shard) !== fence).length;
    fences = next;
    if (isStopped) return;
    if (givenUp > 0) shardsReleased(telemetry, { count: givenUp, held: next.size });
    if (lost > givenUp) leaseLost(telemetry, { count: lost - givenUp, held: next.size });
    if (taken > 0) shardsTaken(telemetry, { count: taken, held: next.size });
    isRecoveryDue ||= taken > 0;
    given.onHeld(next);
    if (!isRecoveryDue) return;
    await store.recover({ owner });
    isRecoveryDue = false;
    given.onTaken();
  }

  function arm(at: Instant): void {
    if (!isStopped) cancelTimer = clock.setTimer(at, () => void renew());
  }

  store.onFreed({ owner, listener: () => void renew() });
  return {
    start: renew,
    isCertain() {
      if (clock.elapsed() < certainUntil) return true;
      if (!isDoubtReported && !isStopped && renewedAt > 0) {
        isDoubtReported = true;
        leaseUncertain(telemetry, { renewedMsAgo: Math.round(clock.elapsed() - renewedAt) });
      }
      return false;
    },
    isLeaving: (shard) => leaving.has(shard),
    held: () => fences.size,
    stop() {
      isStopped = true;
      cancelTimer?.();
    },
  };
}
