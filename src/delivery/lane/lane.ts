/**
 * A lane: the state that the owner of an endpoint keeps in memory while the endpoint has work. A delivery
 * moves
 *
 *     leased ──▶ queued ──▶ in flight ──▶ waits for its commit ──▶ recorded
 *                  └──▶ released (breaker opened, endpoint changed, stop, no room)
 *
 * and counts in `leased` until the last step, so that the store's lease room bounds all of it. A lane does
 * not know other lanes; `lanes.ts` decides which of them may start next.
 */
import { CLEAN_BREAKER, type BreakerState } from "../../core/delivery/breaker.ts";
import type { EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import {
  createLaneQueue,
  putIn,
  queuedIn,
  takeAllFrom,
  takeFrom,
  type LaneQueue,
} from "./lane-queue.ts";
import type { LoadedEndpoint } from "./endpoint-loader.ts";
import {
  createAdaptiveConcurrency,
  type AdaptiveConcurrency,
} from "../limits/adaptive-concurrency.ts";

export type Lane = {
  readonly endpointId: string;
  readonly appId: string;
  readonly shard: number;
  readonly fence: number;
  readonly adaptive: AdaptiveConcurrency;
  readonly queue: LaneQueue;
  inFlight: number;
  /** Deliveries queued, in flight, or not recorded yet, and the approximate bytes of their payloads. */
  leased: number;
  leasedBytes: number;
  /** Null until the endpoint is loaded, and again after every change. */
  loaded: LoadedEndpoint | null;
  isLoading: boolean;
  /** The newest known version of the endpoint; no older one may be used for sending. */
  version: number;
  /** Health after the latest attempt; that of `loaded` is from when it was loaded. */
  health: EndpointHealth | null;
  /** Breaker after the latest attempt; ahead of the stored one by outcomes that wait for their commit. */
  breaker: BreakerState;
  /** The stored value of the adaptive limit's `pausedUntil`, approximately. */
  savedPause: Instant;
  /** The store has more due work than was leased. */
  hasMore: boolean;
  /** The lane is queued for one of the concurrency slots that all lanes share. */
  isWaiting: boolean;
  /** The endpoint was just found dead and is being disabled: no attempt starts. */
  isDisabling: boolean;
  /** The lane's shard was lost or the lane was evicted: later outcomes do not change it. */
  isDropped: boolean;
  cancelWake: (() => void) | null;
};

export function createLane(of: LeasedDelivery, mostAtOnce: number): Lane {
  return {
    endpointId: of.endpointId,
    appId: of.snapshot.appId,
    shard: of.shard,
    fence: of.fence,
    adaptive: createAdaptiveConcurrency(mostAtOnce),
    queue: createLaneQueue(),
    inFlight: 0,
    leased: 0,
    leasedBytes: 0,
    loaded: null,
    isLoading: false,
    version: 0,
    health: null,
    breaker: CLEAN_BREAKER,
    savedPause: 0,
    hasMore: false,
    isWaiting: false,
    isDisabling: false,
    isDropped: false,
    cancelWake: null,
  };
}

/** Counts a delivery that is now leased to this lane. Returns the bytes that it adds. */
export function hold(lane: Lane, delivery: LeasedDelivery): number {
  const bytes = delivery.snapshot.payloadText.length;
  lane.leased += 1;
  lane.leasedBytes += bytes;
  lane.version = Math.max(lane.version, delivery.endpointVersion);
  return bytes;
}

/**
 * Counts a delivery as recorded or released. Returns the bytes it removes: an average, exact for the last.
 */
export function settleOne(lane: Lane): number {
  const bytes = lane.leasedBytes / lane.leased;
  lane.leased -= 1;
  lane.leasedBytes -= bytes;
  return bytes;
}

export function enqueue(lane: Lane, delivery: LeasedDelivery): void {
  putIn(lane.queue, delivery);
}

export function queuedCount(lane: Lane): number {
  return queuedIn(lane.queue);
}

/** Takes the next queued delivery. The queue must not be empty. */
export function takeNext(lane: Lane): LeasedDelivery {
  return takeFrom(lane.queue);
}

/** Takes all queued deliveries; they still count as leased. */
export function takeAll(lane: Lane): LeasedDelivery[] {
  return takeAllFrom(lane.queue);
}

/** Whether the lane holds no delivery, has none pending and has no pause: it may be evicted. */
export function isIdle(lane: Lane, now: number): boolean {
  return lane.leased === 0 && !lane.hasMore && lane.adaptive.pausedUntil <= now;
}
