/**
 * All lanes of this node: decides which delivery may start now. Trouble of one endpoint stays in its lane
 * (I4). A lane holds at most its adaptive limit of concurrency slots, and its queue is bounded by the store's
 * lease room. An idle lane costs only an entry among a bounded number kept in memory. A changed endpoint is
 * loaded again before anything else is sent to it (I11).
 */
import type { Instant } from "../../core/snapshot.ts";
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import { deliveriesReleased, type Telemetry } from "../../telemetry/events.ts";
import { createAppRates } from "../limits/app-rates.ts";
import type { ClaimingLanes } from "../loops/claim-loop.ts";
import type { Clock } from "../loops/clock.ts";
import {
  createLane,
  enqueue,
  hold,
  isIdle,
  queuedCount,
  settleOne,
  takeAll,
  takeNext,
  type Lane,
} from "./lane.ts";
import { claimRoom, isSaturated, toConcurrency, findRate, type LaneLimits } from "./lane-limits.ts";
import { createLaneLoading } from "./lane-loading.ts";
import type { LoadedEndpoint, EndpointLoader } from "./endpoint-loader.ts";
import { nextSendAt, consume } from "../limits/adaptive-concurrency.ts";
import type { ConcurrencyLimit } from "../limits/concurrency-limit.ts";
import type { Recorder } from "../loops/recorder.ts";

export type Lanes = ClaimingLanes & {
  /** Starts every delivery that may start in this lane. */
  pump(lane: Lane): void;
  /** Starts every delivery that may start in any lane, after a condition that held all back has ended. */
  pumpAll(): void;
  /** Counts one leased delivery of each of these lanes as recorded or released. */
  settle(lanes: readonly Lane[]): void;
  /** Stops attempts under any version older than this one. */
  invalidate(p: { endpointId: string; version: number }): void;
  /** Drops the lanes that were leased under other fences than these. */
  dropOthers(fences: ReadonlyMap<number, number>): void;
  /** Returns how many deliveries of these shards are being sent or have an unrecorded outcome. */
  underWay(shards: ReadonlySet<number>): number;
  /** Releases all queued deliveries, now and from now on, and returns their number. */
  close(): number;
  counts(): { lanes: number; idle: number; queued: number; leased: number };
};

export function createLanes(given: {
  limits: LaneLimits;
  clock: Clock;
  telemetry: Telemetry;
  loader: EndpointLoader;
  recorder: Recorder;
  concurrency: ConcurrencyLimit;
  /** False holds the lane back; `pumpAll` follows when that has ended. */
  maySend: (lane: Lane) => boolean;
  /** Called after the lane has acquired a slot for the delivery. */
  start: (lane: Lane, loaded: LoadedEndpoint, delivery: LeasedDelivery) => void;
  /** The lane has drained and the store has more for it. */
  onWant: (endpointId: string) => void;
  /** The endpoint's next probe is due at this instant. */
  onProbeAt: (at: Instant) => void;
}): Lanes {
  const { limits, clock, telemetry, recorder, concurrency } = given;
  const lanes = new Map<string, Lane>();
  /** Idle lanes in the order in which they became idle. */
  const idle = new Set<Lane>();
  /** Endpoints whose lane is above half of its room or paused; the lane asks for more by itself. */
  const saturated = new Set<string>();
  const appRates = createAppRates();
  const laneLoading = createLaneLoading({
    loader: given.loader,
    recorder,
    clock,
    telemetry,
    onReady(lane) {
      updateSaturation(lane);
      pump(lane);
    },
    onReleased: evictIfIdle,
  });
  let leased = 0;
  let leasedBytes = 0;
  let isClosed = false;

  function accept(deliveries: readonly LeasedDelivery[]): void {
    // A commit leased these deliveries, so the store works.
    recorder.resume();
    const touched = new Set<Lane>();
    let overflow = 0;
    for (const delivery of deliveries) {
      // This lease was reported after its shard was lost and taken again; the delivery is due again under the
      // present fence.
      if ((lanes.get(delivery.endpointId)?.fence ?? 0) > delivery.fence) continue;
      const lane = ensureLane(delivery);
      leasedBytes += hold(lane, delivery);
      leased += 1;
      if (isClosed || leased > limits.leased || leasedBytes > limits.leasedBytes) {
        lane.hasMore = true;
        recorder.release(lane, delivery);
        overflow += 1;
        continue;
      }
      enqueue(lane, delivery);
      touched.add(lane);
    }
    if (overflow > 0) {
      deliveriesReleased(telemetry, { cause: isClosed ? "stop" : "overflow", count: overflow });
    }
    for (const lane of touched) {
      updateSaturation(lane);
      pump(lane);
    }
  }

  function ensureLane(delivery: LeasedDelivery): Lane {
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
    if (queuedCount(lane) === 0 || lane.isDisabling || lane.isDropped || !given.maySend(lane))
      return;
    const { loaded } = lane;
    if (loaded === null || loaded.endpoint.version < lane.version) return laneLoading.load(lane);
    const now = clock.now();
    if (lane.breaker.open !== null) keepProbe(lane, lane.breaker.open, now);
    const { appRate } = loaded;
    const { appId, throttleRate } = loaded.endpoint;
    const rate = findRate(lane, throttleRate, now);
    while (queuedCount(lane) > 0 && lane.inFlight < toConcurrency(lane)) {
      const at = Math.max(nextSendAt(lane.adaptive, rate), appRates.nextSendAt(appId, appRate));
      if (at > now) return wakeAt(lane, at);
      if (!concurrency.acquire(lane)) return;
      consume(lane.adaptive, rate, now);
      appRates.consume(appId, appRate, now);
      lane.inFlight += 1;
      given.start(lane, loaded, takeNext(lane));
    }
  }

  /** Releases all queued deliveries, due as before (I7), except the probe if it is due. */
  function keepProbe(lane: Lane, open: OpenBreaker, now: Instant): void {
    const queued = takeAll(lane);
    // A probe chosen by the store may start regardless of the remembered time: its time was brought forward.
    const chosen =
      queued.find(({ isProbe }) => isProbe) ?? (now >= open.probeAt ? queued[0] : null);
    const probe = lane.inFlight === 0 ? chosen : null;
    let count = 0;
    for (const delivery of queued) {
      if (delivery === probe) {
        enqueue(lane, delivery);
        continue;
      }
      recorder.release(lane, delivery);
      count += 1;
    }
    if (count > 0) deliveriesReleased(telemetry, { cause: "breaker_open", count });
  }

  function wakeAt(lane: Lane, at: Instant): void {
    lane.cancelWake ??= clock.setTimer(at, () => {
      lane.cancelWake = null;
      updateSaturation(lane);
      pump(lane);
      askForMore(lane);
      evictIfIdle(lane);
    });
  }

  function updateSaturation(lane: Lane): void {
    const now = clock.now();
    if (isSaturated(lane, limits, now)) saturated.add(lane.endpointId);
    else saturated.delete(lane.endpointId);
    if (lane.adaptive.pausedUntil > now) wakeAt(lane, lane.adaptive.pausedUntil);
  }

  function askForMore(lane: Lane): void {
    if (lane.hasMore && !isClosed && !saturated.has(lane.endpointId)) given.onWant(lane.endpointId);
  }

  function evictIfIdle(lane: Lane): void {
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
    saturated.delete(lane.endpointId);
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
        updateSaturation(lane);
        askForMore(lane);
        // The store has recorded the opening by now, so a poll at that time finds the probe.
        if (lane.breaker.open !== null) given.onProbeAt(lane.breaker.open.probeAt);
        evictIfIdle(lane);
      }
    },
    countRoom(endpointId) {
      const lane = lanes.get(endpointId);
      const room = claimRoom(lane, limits, clock.now());
      if (lane === undefined) return room;
      lane.hasMore = saturated.has(endpointId);
      // Claims ask for this lane now; if they lease nothing, no later step would evict it.
      evictIfIdle(lane);
      return lane.hasMore ? 0 : Math.max(0, room - lane.leased);
    },
    totalRoom: () => (leasedBytes < limits.leasedBytes ? limits.leased - leased : 0),
    markHasMore(endpointId) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return false;
      lane.hasMore = true;
      idle.delete(lane);
      return saturated.has(endpointId);
    },
    saturatedEndpoints() {
      // Polls leave these lanes out and cannot report that there is more, so the lanes must ask.
      for (const endpointId of saturated) (lanes.get(endpointId) as Lane).hasMore = true;
      return [...saturated];
    },
    invalidate({ endpointId, version }) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return;
      lane.version = Math.max(lane.version, version);
      lane.loaded = null;
      lane.isDisabling = false;
      pump(lane);
    },
    dropOthers(fences) {
      for (const lane of lanes.values()) if (fences.get(lane.shard) !== lane.fence) drop(lane);
    },
    underWay(shards) {
      let count = 0;
      for (const lane of lanes.values()) {
        if (shards.has(lane.shard)) count += lane.leased - queuedCount(lane);
      }
      return count;
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
