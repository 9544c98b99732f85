/**
 * Loads a lane's endpoint before the first attempt and again after every change (I11). If the endpoint
 * accepts nothing now, all its queued deliveries are released.
 */
import { alignedBreaker } from "../../core/delivery/breaker.ts";
import { attemptNotMade, deliveriesReleased, type Telemetry } from "../../telemetry/events.ts";
import { postpone } from "../attempt/postpone.ts";
import type { Emit } from "../engine-events.ts";
import type { Clock } from "../loops/clock.ts";
import { takeAll, type Lane } from "./lane.ts";
import type { LoadedEndpoint, EndpointLoader, LoadResult } from "./endpoint-loader.ts";
import type { LaneRegistry } from "./lane-registry.ts";
import type { Recorder } from "../loops/recorder.ts";

export type LaneLoading = {
  /** Emits `loaded` when the lane may continue, unless it was dropped or its deliveries were released. */
  load(lane: Lane): void;
};

/** An encrypted value that cannot be decrypted needs an operator; an immediate retry does not help. */
const BROKEN_PAUSE_MS = 60_000;

export function createLaneLoading(given: {
  loader: EndpointLoader;
  recorder: Recorder;
  registry: Pick<LaneRegistry, "evictIfIdle">;
  clock: Clock;
  telemetry: Telemetry;
  emit: Emit;
}): LaneLoading {
  const { loader, recorder, clock, telemetry } = given;

  function load(lane: Lane): void {
    if (lane.isLoading) return;
    lane.isLoading = true;
    loader.load(lane.endpointId, (result) => onLoaded(lane, result));
  }

  function onLoaded(lane: Lane, result: LoadResult): void {
    lane.isLoading = false;
    if (lane.isDropped) return;
    if (result.kind === "gone") return releaseAll(lane);
    if (result.kind === "broken") return postponeAll(lane, result.error);
    const { loaded } = result;
    // The endpoint changed again while it was being loaded.
    if (loaded.endpoint.version < lane.version) return load(lane);
    if (loaded.endpoint.status !== "enabled") return releaseAll(lane);
    useLoaded(lane, loaded);
    given.emit({ kind: "loaded", lane });
  }

  /**
   * Releases deliveries of an endpoint that accepts nothing now; its state decides between parked and
   * cancelled.
   */
  function releaseAll(lane: Lane): void {
    const queued = takeAll(lane);
    for (const delivery of queued) recorder.release(lane, delivery);
    if (queued.length > 0) {
      deliveriesReleased(telemetry, { cause: "endpoint_changed", count: queued.length });
    }
    lane.hasMore = false;
    given.registry.evictIfIdle(lane);
  }

  function postponeAll(lane: Lane, err: unknown): void {
    const now = clock.now();
    const dueAt = now + BROKEN_PAUSE_MS;
    const queued = takeAll(lane);
    const [first] = queued;
    if (first !== undefined) {
      const { endpointId, snapshot } = first;
      attemptNotMade(telemetry, {
        endpointId,
        eventId: snapshot.eventId,
        cause: "the endpoint's stored settings cannot be decrypted or used",
        err,
      });
    }
    for (const delivery of queued) {
      const isProbe = delivery.isProbe === true;
      recorder.record(lane, postpone(lane, delivery, { isProbe, dueAt, now }));
    }
  }

  return { load };
}

/**
 * Takes the stored state over the lane's: enabling the endpoint or changing its URL resets its breaker and
 * pause.
 */
function useLoaded(lane: Lane, loaded: LoadedEndpoint): void {
  lane.loaded = loaded;
  lane.health = loaded.health;
  lane.breaker = alignedBreaker(lane.breaker, loaded.breaker);
  lane.savedPause = loaded.pausedUntil;
  lane.adaptive.pausedUntil = loaded.pausedUntil;
}
