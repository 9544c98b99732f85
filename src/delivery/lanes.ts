/**
 * All lanes of this node: which delivery may start now. One endpoint's trouble stays in its own lane
 * (I4): it holds at most its pace's limit of places, its queue is bounded by the store's lease room,
 * and a lane that nothing is owed to costs nothing but a place among a bounded number kept warm.
 * A changed endpoint is loaded anew before anything else is sent to it (I11).
 */
import type { Instant } from "../core/snapshot.ts";
import type { LeasedDelivery } from "../store/queue.ts";
import { attemptFellThrough, deliveriesReleased } from "../telemetry/business-events.ts";
import type { Telemetry } from "../telemetry/business-events.ts";
import { postponed } from "./attempt.ts";
import { createAppRates } from "./app-rates.ts";
import type { ClaimingLanes } from "./claim-loop.ts";
import type { Clock } from "./clock.ts";
import { createLane, enqueue, isIdle, queuedCount, settleOne, takeAll, takeNext } from "./lane.ts";
import type { Lane } from "./lane.ts";
import type { OpenedEndpoint, Opener, Opening } from "./opened-endpoint.ts";
import { openAt, takePlace } from "./pace.ts";
import type { Places } from "./places.ts";
import type { Recorder } from "./recorder.ts";

export type Lanes = ClaimingLanes & {
  /** Starts whatever may start in this lane. */
  pump(lane: Lane): void;
  /** Starts whatever may start in all of them, after something that held all back is over. */
  pumpAll(): void;
  /** One leased delivery of each of these is recorded or given back. */
  settle(lanes: readonly Lane[]): void;
  /** Nothing starts any more under a version older than this one. */
  outdate(p: { endpointId: string; version: number }): void;
  /** Drops the lanes that were leased under other fences than these. */
  dropOthers(fences: ReadonlyMap<number, number>): void;
  /** Gives back all that is queued, now and from now on. */
  close(): number;
  counts(): { lanes: number; idle: number; queued: number; leased: number };
};

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

/** A seal that does not open is mended by an operator, not by asking again at once. */
const BROKEN_PAUSE_MS = 60_000;

export function createLanes(given: {
  limits: LaneLimits;
  clock: Clock;
  telemetry: Telemetry;
  opener: Opener;
  recorder: Recorder;
  places: Places;
  /** False holds every lane back; `pumpAll` follows when it is over. */
  maySend: () => boolean;
  /** The lane has taken a place for it. */
  start: (lane: Lane, opened: OpenedEndpoint, delivery: LeasedDelivery) => void;
  /** The lane has drained and the store has more for it. */
  onWant: (endpointId: string) => void;
}): Lanes {
  const { limits, clock, telemetry, opener, recorder, places } = given;
  const lanes = new Map<string, Lane>();
  /** In the order in which they became idle. */
  const idle = new Set<Lane>();
  /** Above half of their room, or paused: they ask for more by themselves. */
  const crowded = new Set<string>();
  const appRates = createAppRates();
  const drainedBelow = limits.leaseRoom / 2;
  let leased = 0;
  let leasedBytes = 0;
  let isClosed = false;

  function accept(deliveries: readonly LeasedDelivery[]): void {
    const touched = new Set<Lane>();
    let overflow = 0;
    for (const delivery of deliveries) {
      const lane = laneOf(delivery);
      leasedBytes += enqueue(lane, delivery);
      leased += 1;
      if (isClosed || leased > limits.leased || leasedBytes > limits.leasedBytes) {
        lane.queue.pop();
        lane.hasMore = true;
        recorder.release(lane, delivery);
        overflow += 1;
      } else touched.add(lane);
    }
    if (overflow > 0) {
      deliveriesReleased(telemetry, { cause: isClosed ? "stop" : "overflow", count: overflow });
    }
    for (const lane of touched) {
      noteRoom(lane);
      pump(lane);
    }
  }

  function laneOf(delivery: LeasedDelivery): Lane {
    const known = lanes.get(delivery.endpointId);
    if (known !== undefined && known.fence === delivery.fence) {
      idle.delete(known);
      return known;
    }
    if (known !== undefined) drop(known);
    const lane = createLane(delivery, limits.mostAtOnce);
    lanes.set(delivery.endpointId, lane);
    return lane;
  }

  function pump(lane: Lane): void {
    if (queuedCount(lane) === 0 || lane.isDisabling || lane.isDropped || !given.maySend()) return;
    if (lane.opened === null || lane.opened.endpoint.version < lane.version) return open(lane);
    const { appId, throttleRate: rate } = lane.opened.endpoint;
    const { appRate } = lane.opened;
    const now = clock.now();
    while (queuedCount(lane) > 0 && lane.inFlight < lane.pace.limit) {
      const at = Math.max(openAt(lane.pace, rate), appRates.openAt(appId, appRate));
      if (at > now) return wakeAt(lane, at);
      if (!places.take(lane)) return;
      takePlace(lane.pace, rate, now);
      appRates.takePlace(appId, appRate, now);
      lane.inFlight += 1;
      given.start(lane, lane.opened, takeNext(lane));
    }
  }

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
    lane.opened = opened;
    lane.health = opened.health;
    pump(lane);
  }

  /** The endpoint takes nothing now; its deliveries are parked or cancelled, as its state says. */
  function giveBack(lane: Lane): void {
    const queued = takeAll(lane);
    for (const delivery of queued) recorder.release(lane, delivery);
    if (queued.length > 0) {
      deliveriesReleased(telemetry, { cause: "endpoint_changed", count: queued.length });
    }
    lane.hasMore = false;
    putAway(lane);
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
    for (const delivery of queued) recorder.record(lane, postponed(delivery, dueAt));
  }

  function wakeAt(lane: Lane, at: Instant): void {
    lane.cancelWake ??= clock.setTimer(at, () => {
      lane.cancelWake = null;
      noteRoom(lane);
      pump(lane);
      askForMore(lane);
      putAway(lane);
    });
  }

  function noteRoom(lane: Lane): void {
    const isPaused = lane.pace.pausedUntil > clock.now();
    if (lane.leased > drainedBelow || isPaused) crowded.add(lane.endpointId);
    else crowded.delete(lane.endpointId);
    if (isPaused) wakeAt(lane, lane.pace.pausedUntil);
  }

  function askForMore(lane: Lane): void {
    if (lane.hasMore && !isClosed && !crowded.has(lane.endpointId)) given.onWant(lane.endpointId);
  }

  function putAway(lane: Lane): void {
    if (lane.isDropped || !isIdle(lane, clock.now())) return;
    idle.add(lane);
    const [oldest] = idle;
    if (idle.size > limits.idleLanes && oldest !== undefined) drop(oldest);
  }

  function drop(lane: Lane): void {
    const queued = takeAll(lane).length;
    leased -= queued;
    if (queued > 0) leasedBytes -= (lane.leasedBytes / lane.leased) * queued;
    lane.isDropped = true;
    lane.cancelWake?.();
    lanes.delete(lane.endpointId);
    crowded.delete(lane.endpointId);
    idle.delete(lane);
  }

  return {
    accept,
    pump,
    pumpAll() {
      for (const lane of lanes.values()) if (queuedCount(lane) > 0) pump(lane);
    },
    settle(settled) {
      for (const lane of settled) {
        leasedBytes -= settleOne(lane);
        leased -= 1;
      }
      for (const lane of new Set(settled)) {
        if (lane.isDropped) continue;
        noteRoom(lane);
        askForMore(lane);
        putAway(lane);
      }
    },
    roomOf(endpointId) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return limits.leaseRoom;
      lane.hasMore = crowded.has(endpointId);
      return lane.hasMore ? 0 : limits.leaseRoom - lane.leased;
    },
    totalRoom: () => (leasedBytes < limits.leasedBytes ? limits.leased - leased : 0),
    expectMore(endpointId) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return false;
      lane.hasMore = true;
      idle.delete(lane);
      return crowded.has(endpointId);
    },
    withoutRoom() {
      // Left out of the search, they cannot hear whether there is more; they will ask.
      for (const endpointId of crowded) (lanes.get(endpointId) as Lane).hasMore = true;
      return [...crowded];
    },
    outdate({ endpointId, version }) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return;
      lane.version = Math.max(lane.version, version);
      lane.opened = null;
      lane.isDisabling = false;
      pump(lane);
    },
    dropOthers(fences) {
      for (const lane of lanes.values()) if (fences.get(lane.shard) !== lane.fence) drop(lane);
    },
    close() {
      isClosed = true;
      let count = 0;
      for (const lane of lanes.values()) {
        const queued = takeAll(lane);
        count += queued.length;
        for (const delivery of queued) recorder.release(lane, delivery);
      }
      return count;
    },
    counts() {
      let queued = 0;
      for (const lane of lanes.values()) queued += queuedCount(lane);
      return { lanes: lanes.size, idle: idle.size, queued, leased };
    },
  };
}
