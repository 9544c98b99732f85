/**
 * A lane gets its endpoint: loaded before the first attempt, and anew after every change (I11). An
 * endpoint that takes nothing now gives back all that is queued for it.
 */
import { alignedBreaker } from "../core/breaker.ts";
import type { Instant } from "../core/snapshot.ts";
import type { LeasedDelivery } from "../store/queue.ts";
import { attemptFellThrough, deliveriesReleased } from "../telemetry/business-events.ts";
import type { Telemetry } from "../telemetry/business-events.ts";
import { postponed, postponedProbe } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { takeAll } from "./lane.ts";
import type { Lane } from "./lane.ts";
import type { OpenedEndpoint, Opener, Opening } from "./opened-endpoint.ts";
import type { Recorder } from "./recorder.ts";

export type LaneOpening = {
  /** `onReady` follows when the lane may go on, unless it was dropped or gave everything back. */
  open(lane: Lane): void;
};

/** A seal that does not open is mended by an operator, not by asking again at once. */
const BROKEN_PAUSE_MS = 60_000;

export function createLaneOpening(given: {
  opener: Opener;
  recorder: Recorder;
  clock: Clock;
  telemetry: Telemetry;
  onReady: (lane: Lane) => void;
  /** The lane holds nothing in its queue any more. */
  onGivenBack: (lane: Lane) => void;
}): LaneOpening {
  const { opener, recorder, clock, telemetry } = given;

  function open(lane: Lane): void {
    if (lane.isOpening) return;
    lane.isOpening = true;
    opener.open(lane.endpointId, (opening) => onOpened(lane, opening));
  }

  function onOpened(lane: Lane, opening: Opening): void {
    lane.isOpening = false;
    if (lane.isDropped) return;
    if (opening.kind === "gone") return giveBack(lane);
    if (opening.kind === "broken") return postponeAll(lane, opening.error);
    const { opened } = opening;
    // It changed again while it was being loaded.
    if (opened.endpoint.version < lane.version) return open(lane);
    if (opened.endpoint.status !== "enabled") return giveBack(lane);
    adopt(lane, opened);
    given.onReady(lane);
  }

  /** The endpoint takes nothing now; its deliveries are parked or cancelled, as its state says. */
  function giveBack(lane: Lane): void {
    const queued = takeAll(lane);
    for (const delivery of queued) recorder.release(lane, delivery);
    if (queued.length > 0) {
      deliveriesReleased(telemetry, { cause: "endpoint_changed", count: queued.length });
    }
    lane.hasMore = false;
    given.onGivenBack(lane);
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

  return { open };
}

/** What is written down holds: enabling the endpoint, or another URL, is a new beginning. */
function adopt(lane: Lane, opened: OpenedEndpoint): void {
  lane.opened = opened;
  lane.health = opened.health;
  lane.breaker = alignedBreaker(lane.breaker, opened.breaker);
  lane.savedPause = opened.pausedUntil;
  lane.pace.pausedUntil = opened.pausedUntil;
}
