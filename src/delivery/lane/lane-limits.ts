/**
 * How much one lane may hold and how fast it may send. The limits come from its endpoint, and from its
 * breaker while it is open and while the receiver recovers.
 */
import { rampRate } from "../../core/delivery/breaker.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Lane } from "./lane.ts";

export type LaneLimits = {
  /** Deliveries leased to one lane, counted by the store as well. */
  readonly leaseRoom: number;
  /** Deliveries leased to all lanes together, and the bytes of their payloads. */
  readonly leased: number;
  readonly leasedBytes: number;
  readonly mostAtOnce: number;
  /** Lanes kept in memory after their work is done. */
  readonly idleLanes: number;
};

/** Share of a lane's room for claims from the store; the rest is for events accepted meanwhile. */
const CLAIMED_SHARE = 3 / 4;
/** A lane that is slow, or has not sent yet, holds this many times its limit of attempts in flight. */
const SLOW_HELD_TIMES = 8;
/** A recovering lane holds at most as many deliveries as it may send within this time. */
const RAMP_HELD_SECONDS = 4;

/**
 * Returns how many deliveries claims may lease to the lane: one probe at a time while its breaker is open.
 */
export function claimRoom(lane: Lane | undefined, limits: LaneLimits, now: Instant): number {
  if (lane !== undefined && lane.breaker.open !== null) return 1;
  const share = Math.ceil(limits.leaseRoom * CLAIMED_SHARE);
  const slow = lane?.adaptive.isFast === false ? lane.adaptive.limit * SLOW_HELD_TIMES : share;
  const most = Math.min(share, slow);
  const ramp = lane === undefined ? null : rampRate(lane.breaker.ramp, now);
  return ramp === null ? most : Math.min(most, ramp * RAMP_HELD_SECONDS);
}

/** Whether the lane has enough for now or is paused; it will ask for more by itself. */
export function isSaturated(lane: Lane, limits: LaneLimits, now: Instant): boolean {
  const half = limits.leaseRoom / 2;
  const room = claimRoom(lane, limits, now);
  return lane.leased > (room < half ? room / 2 : half) || lane.adaptive.pausedUntil > now;
}

/** Returns deliveries per second, limited by the endpoint's rate and its recovery; null means no limit. */
export function findRate(lane: Lane, throttleRate: number | null, now: Instant): number | null {
  const ramp = rampRate(lane.breaker.ramp, now);
  if (ramp === null || throttleRate === null) return ramp ?? throttleRate;
  return Math.min(ramp, throttleRate);
}

/** Maximum number of attempts in flight. */
export function toConcurrency(lane: Lane): number {
  return lane.breaker.open === null ? lane.adaptive.limit : 1;
}
