/**
 * A lane gets its endpoint: loaded before the first attempt, and anew after every change (I11). An
 * endpoint that takes nothing now gives back all that is queued for it.
 */
import { alignedBreaker } from "../core/breaker.ts";
import type { Instant } from "../core/snapshot.ts";
import type { LeasedDelivery } from "../store/leased-delivery.ts";
import { attemptFellThrough, deliveriesReleased, type Telemetry } from "../telemetry/events.ts";
import { postponed, postponedProbe } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { takeAll, type Lane } from "./lane.ts";
import type { LoadedEndpoint, EndpointLoader, LoadResult } from "./endpoint-loader.ts";
import type { Recorder } from "./recorder.ts";

export type LaneLoading = {
  /** `onReady` follows when the lane may go on, unless it was dropped or gave everything back. */
  load(lane: Lane): void;
};

/** An encrypt that does not open is mended by an operator, not by asking again at once. */
const BROKEN_PAUSE_MS = 60_000;

export function createLaneLoading(given: {
  loader: EndpointLoader;
  recorder: Recorder;
  clock: Clock;
  telemetry: Telemetry;
  onReady: (lane: Lane) => void;
  /** The lane holds nothing in its queue any more. */
  onReleased: (lane: Lane) => void;
}): LaneLoading {
  const { loader, recorder, clock, telemetry } = given;

  function load(lane: Lane): void {
    if (lane.isLoading) return;
    lane.isLoading = true;
    loader.load(lane.endpointId, (opening) => onLoaded(lane, opening));
  }

  function onLoaded(lane: Lane, opening: LoadResult): void {
    lane.isLoading = false;
    if (lane.isDropped) return;
    if (opening.kind === "gone") return releaseAll(lane);
    if (opening.kind === "broken") return postponeAll(lane, opening.error);
    const { loaded } = opening;
    // It changed again while it was being loaded.
    if (loaded.endpoint.version < lane.version) return load(lane);
    if (loaded.endpoint.status !== "enabled") return releaseAll(lane);
    useLoaded(lane, loaded);
    given.onReady(lane);
  }

  /** The endpoint takes nothing now; its deliveries are parked or cancelled, as its state says. */
  function releaseAll(lane: Lane): void {
    const queued = takeAll(lane);
    for (const delivery of queued) recorder.release(lane, delivery);
    if (queued.length > 0) {
      deliveriesReleased(telemetry, { cause: "endpoint_changed", count: queued.length });
    }
    lane.hasMore = false;
    given.onReleased(lane);
  }

  function postponeAll(lane: Lane, err: unknown): void {
    const dueAt = clock.now() + BROKEN_PAUSE_MS;
    const queued = takeAll(lane);
    const [first] = queued;
    if (first !== undefined) {
      const { endpointId, snapshot } = first;
      attemptFellThrough(telemetry, {
        endpointId,
        eventId: snapshot.eventId,
        cause: "the endpoint cannot be opened",
        err,
      });
    }
    for (const delivery of queued) postpone(lane, delivery, dueAt);
  }

  function postpone(lane: Lane, delivery: LeasedDelivery, dueAt: Instant): void {
    if (!delivery.isProbe) return recorder.record(lane, postponed(delivery, dueAt));
    const { breaker } = lane;
    const voided = postponedProbe(delivery, { breaker, dueAt, now: clock.now() });
    lane.breaker = voided.breaker;
    recorder.record(lane, voided.recorded);
  }

  return { load };
}

/** What is written down holds: enabling the endpoint, or another URL, is a new beginning. */
function useLoaded(lane: Lane, loaded: LoadedEndpoint): void {
  lane.loaded = loaded;
  lane.health = loaded.health;
  lane.breaker = alignedBreaker(lane.breaker, loaded.breaker);
  lane.savedPause = loaded.pausedUntil;
  lane.adaptive.pausedUntil = loaded.pausedUntil;
}
