/**
 * How much one lane may hold and how fast it may go, from its endpoint's own limits and from what its
 * breaker allows while it is open and while the receiver recovers.
 */
import { rampRate } from "../core/breaker.ts";
import type { Instant } from "../core/snapshot.ts";
import type { Lane } from "./lane.ts";

export type LaneLimits = {
  /** Leased to one lane, as the store counts too. */
  readonly leaseRoom: number;
  /** Leased to all lanes together, and the bytes of their payloads. */
  readonly leased: number;
  readonly leasedBytes: number;
  readonly mostAtOnce: number;
  /** Lanes kept warm after their work is done. */
  readonly idleLanes: number;
};

/** Of its room, for what the store claims; the rest is left to what is accepted meanwhile. */
const CLAIMED_SHARE = 3 / 4;
/** What a recovering receiver is sent within this time is enough to hold. */
const RAMP_HELD_SECONDS = 4;

/** How much may be leased to the lane by claims: one probe at a time while its breaker is open. */
export function claimRoom(lane: Lane | undefined, limits: LaneLimits, now: Instant): number {
  if (lane !== undefined && lane.breaker.open !== null) return 1;
  const most = Math.ceil(limits.leaseRoom * CLAIMED_SHARE);
  const ramp = lane === undefined ? null : rampRate(lane.breaker.ramp, now);
  return ramp === null ? most : Math.min(most, ramp * RAMP_HELD_SECONDS);
}

/** It has enough for now, or is held back: it will ask for more by itself. */
export function isSaturated(lane: Lane, limits: LaneLimits, now: Instant): boolean {
  const half = limits.leaseRoom / 2;
  const room = claimRoom(lane, limits, now);
  return lane.leased > (room < half ? room / 2 : half) || lane.adaptive.pausedUntil > now;
}

/** Deliveries a second, as the endpoint asked for and as its recovery allows; null is no limit. */
export function findRate(lane: Lane, throttleRate: number | null, now: Instant): number | null {
  const ramp = rampRate(lane.breaker.ramp, now);
  if (ramp === null || throttleRate === null) return ramp ?? throttleRate;
  return Math.min(ramp, throttleRate);
}

/** Attempts under way at once. */
export function toConcurrency(lane: Lane): number {
  return lane.breaker.open === null ? lane.adaptive.limit : 1;
}
