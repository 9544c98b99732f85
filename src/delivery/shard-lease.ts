/**
 * Holds this node's shards: takes and renews them at a third of the lease. Whether the lease is
 * really over the store judges by its own clock; this side only makes sure never to send while it
 * might be, counting from before the call that renewed it, in time that no clock correction touches.
 */
import type { Instant } from "../core/snapshot.ts";
import type { ShardStore } from "../store/shards.ts";
import {
  leaseLost,
  leaseUncertain,
  shardsTaken,
  storeUnavailable,
} from "../telemetry/business-events.ts";
import type { Telemetry } from "../telemetry/business-events.ts";
import type { Clock } from "./clock.ts";

export type ShardLease = {
  /** The first taking has been tried. */
  start(): Promise<void>;
  /** No other node can own these shards yet. */
  isCertain(): boolean;
  held(): number;
  stop(): void;
};

/** While there are shards to be had, or after a failure. */
const SOON_MS = 1000;
const RENEWALS_PER_LEASE = 3;

export function createShardLease(given: {
  store: Pick<ShardStore, "hold" | "recover">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
  leaseMs: number;
  atMost: number;
  /** Shards came, and what their former owners left is due again. */
  onTaken: () => void;
  /** After every renewal, with the fences that hold now: lanes under others are to be dropped. */
  onHeld: (fences: ReadonlyMap<number, number>) => void;
}): ShardLease {
  const { store, owner, clock, telemetry, leaseMs, atMost } = given;
  let fences: ReadonlyMap<number, number> = new Map();
  let certainUntil = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let isRenewing = false;
  let isDoubtTold = false;
  /** Stays so until it has worked: without it what former owners left would never be seen. */
  let isRecoveryDue = false;
  let isStopped = false;
  let cancelTimer: (() => void) | null = null;

  async function renew(): Promise<void> {
    if (isRenewing || isStopped) return;
    isRenewing = true;
    cancelTimer?.();
    const askedAt = clock.elapsed();
    let nextMs = SOON_MS;
    try {
      const held = await store.hold({ owner, atMost, leaseMs });
      certainUntil = askedAt + leaseMs;
      renewedAt = askedAt;
      isDoubtTold = false;
      await change(new Map(held.map(({ shard, fence }) => [shard, fence])));
      if (fences.size >= atMost) nextMs = leaseMs / RENEWALS_PER_LEASE;
    } catch (err) {
      if (!isStopped) storeUnavailable(telemetry, { work: "lease", err });
    }
    isRenewing = false;
    arm(clock.now() + nextMs);
  }

  async function change(next: ReadonlyMap<number, number>): Promise<void> {
    const lost = [...fences].filter(([shard, fence]) => next.get(shard) !== fence).length;
    const taken = [...next].filter(([shard, fence]) => fences.get(shard) !== fence).length;
    fences = next;
    if (isStopped) return;
    if (lost > 0) leaseLost(telemetry, { count: lost, held: next.size });
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

  return {
    start: renew,
    isCertain() {
      if (clock.elapsed() < certainUntil) return true;
      if (!isDoubtTold && !isStopped && renewedAt > 0) {
        isDoubtTold = true;
        leaseUncertain(telemetry, { renewedMsAgo: Math.round(clock.elapsed() - renewedAt) });
      }
      return false;
    },
    held: () => fences.size,
    stop() {
      isStopped = true;
      cancelTimer?.();
    },
  };
}
