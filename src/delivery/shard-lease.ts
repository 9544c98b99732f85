/**
 * Holds this node's share of the shards: takes and renews them at a third of the lease, and gives some
 * up when another node comes, once what it is sending for them is over. Whether the lease is
 * really over the store judges by its own clock; this side only makes sure never to send while it
 * might be, counting from before the call that renewed it, in time that no clock correction touches.
 */
import type { Instant } from "../core/snapshot.ts";
import { SHARD_COUNT, type ShardStore } from "../store/shards.ts";
import { leaseLost, leaseUncertain, shardsGivenUp, shardsTaken } from "../telemetry/events.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";

export type ShardLease = {
  /** The first taking has been tried. */
  start(): Promise<void>;
  /** No other node can own these shards yet. */
  isCertain(): boolean;
  /** The shard is about to be given up: nothing more is started for it. */
  isLeaving(shard: number): boolean;
  held(): number;
  stop(): void;
};

/** While there are shards to be had, or after a failure. */
const SOON_MS = 1000;
/** What is being sent for a shard that is given up may end within this time. */
const LEAVE_MS = 5000;
const LEAVING_LOOK_MS = 100;
const RENEWALS_PER_LEASE = 3;

export function createShardLease(given: {
  store: Pick<ShardStore, "hold" | "recover" | "owners" | "onFreed">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
  leaseMs: number;
  /** Whatever this node's share of them is. */
  atMost: number;
  /** How much of these shards is being sent or not recorded yet. */
  underWay: (shards: ReadonlySet<number>) => number;
  /** Shards came, and what their former owners left is due again. */
  onTaken: () => void;
  /** After every renewal, with the fences that hold now: lanes under others are to be dropped. */
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
  /** Stays so until it has worked: without it what former owners left would never be seen. */
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
      if (isWaiting) nextMs = LEAVING_LOOK_MS;
      else if (fences.size >= share) nextMs = leaseMs / RENEWALS_PER_LEASE;
    } catch (err) {
      if (!isStopped) calls.failed(err);
    }
    isRenewing = false;
    arm(clock.now() + nextMs);
  }

  /** Of all live nodes alike; the first ones by name have one more when it does not come out even. */
  async function loadShare(): Promise<number> {
    const names = new Set((await store.owners()).map((one) => one.owner)).add(owner);
    const place = [...names].toSorted().indexOf(owner);
    const more = place < SHARD_COUNT % names.size ? 1 : 0;
    return Math.min(atMost, Math.floor(SHARD_COUNT / names.size) + more);
  }

  /** The store keeps the lowest; for the others nothing is started, and what was started may end. */
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
    if (givenUp > 0) shardsGivenUp(telemetry, { count: givenUp, held: next.size });
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
