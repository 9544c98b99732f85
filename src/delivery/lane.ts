/**
 * A lane: what its owner keeps in memory of one endpoint that has work. A delivery moves
 *
 *     leased ──▶ queued ──▶ in flight ──▶ waits for its commit ──▶ recorded
 *                  └──▶ given back (breaker opened, endpoint changed, stop, no room)
 *
 * and counts in `leased` until the last step, so that the store's lease room bounds all of it. A
 * lane knows nothing of other lanes; who may start next over all of them is `lanes.ts`.
 */
import { CLEAN_BREAKER, type BreakerState } from "../core/breaker.ts";
import type { EndpointHealth } from "../core/endpoint-health.ts";
import type { Instant } from "../core/snapshot.ts";
import type { LeasedDelivery } from "../store/leased-delivery.ts";
import {
  createLaneQueue,
  putIn,
  queuedIn,
  takeAllFrom,
  takeFrom,
  type LaneQueue,
} from "./lane-queue.ts";
import type { LoadedEndpoint } from "./endpoint-loader.ts";
import { createAdaptiveConcurrency, type AdaptiveConcurrency } from "./adaptive-concurrency.ts";

export type Lane = {
  readonly endpointId: string;
  readonly shard: number;
  readonly fence: number;
  readonly adaptive: AdaptiveConcurrency;
  readonly queue: LaneQueue;
  inFlight: number;
  /** Queued, in flight, or not recorded yet; and about how many bytes of payload they are. */
  leased: number;
  leasedBytes: number;
  /** Null until it is loaded, and again after every change. */
  loaded: LoadedEndpoint | null;
  isLoading: boolean;
  /** The newest version heard of: nothing older may be sent with. */
  version: number;
  /** As after the latest attempt; the opened endpoint's own is how it was when loaded. */
  health: EndpointHealth | null;
  /** As after the latest attempt; ahead of what is written down by what waits for its commit. */
  breaker: BreakerState;
  /** What is written down of the pace's `pausedUntil`, about. */
  savedPause: Instant;
  /** The store has more due work than was leased. */
  hasMore: boolean;
  /** It stands in line for one of the places that all lanes share. */
  isInLine: boolean;
  /** It was found dead just now and its disabling is under way: nothing more starts. */
  isDisabling: boolean;
  /** Its shard was lost, or it was put away: what still comes back to it moves nothing. */
  isDropped: boolean;
  cancelWake: (() => void) | null;
};

export function createLane(of: LeasedDelivery, mostAtOnce: number): Lane {
  return {
    endpointId: of.endpointId,
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
    isInLine: false,
    isDisabling: false,
    isDropped: false,
    cancelWake: null,
  };
}

/** It is leased to this lane now, wherever it goes from here. Gives the bytes that it adds. */
export function hold(lane: Lane, delivery: LeasedDelivery): number {
  const bytes = delivery.snapshot.payloadText.length;
  lane.leased += 1;
  lane.leasedBytes += bytes;
  lane.version = Math.max(lane.version, delivery.endpointVersion);
  return bytes;
}

/** One is recorded or given back. Gives the bytes that go with it: an average, exact for the last. */
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

/** The queued delivery that goes next. There must be one. */
export function takeNext(lane: Lane): LeasedDelivery {
  return takeFrom(lane.queue);
}

/** All that is queued; they are the caller's now, and still count as leased. */
export function takeAll(lane: Lane): LeasedDelivery[] {
  return takeAllFrom(lane.queue);
}

/** It holds nothing, owes nothing and remembers no pause: it may be put away. */
export function isIdle(lane: Lane, now: number): boolean {
  return lane.leased === 0 && !lane.hasMore && lane.adaptive.pausedUntil <= now;
}
