/**
 * The steps of a delivery through the lanes of this node: it arrives, starts, ends and is recorded. A lane's
 * queue is bounded by the store's lease room. An idle lane costs only an entry among a bounded number.
 */
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import { deliveriesReleased, type Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { ConcurrencyLimit } from "../limits/concurrency-limit.ts";
import type { Recorder } from "../loops/recorder.ts";
import { enqueue, queuedCount, takeAll, type Lane } from "./lane.ts";
import type { LaneClaims } from "./lane-claims.ts";
import type { LaneRegistry } from "./lane-registry.ts";
import type { StartDeliveries } from "./start-deliveries.ts";

export type Lanes = {
  /** Takes deliveries that were leased for this node. */
  accept(deliveries: readonly LeasedDelivery[]): void;
  /** Releases the slot of an attempt that has ended, and starts deliveries that waited for it. */
  finish(lane: Lane, tookFastSlot: boolean): void;
  /** Counts one leased delivery of each of these lanes as recorded or released. */
  settle(lanes: readonly Lane[]): void;
  /** Continues a lane whose endpoint was loaded. */
  continue(lane: Lane): void;
  /** Continues a lane that waited for this moment. */
  wake(lane: Lane): void;
  /** Starts every delivery that may start in any lane, after a condition that held all back has ended. */
  startAll(): void;
  /** Stops attempts under any version older than this one. */
  invalidate(p: { endpointId: string; version: number }): void;
  /** Drops the lanes that were leased under other fences than these. */
  dropOthers(fences: ReadonlyMap<number, number>): void;
  /** Releases all queued deliveries, now and from now on, and returns their number. */
  close(): number;
};

export function createLanes(given: {
  telemetry: Telemetry;
  registry: LaneRegistry;
  claims: LaneClaims;
  recorder: Recorder;
  concurrency: ConcurrencyLimit;
  start: StartDeliveries;
  emit: Emit;
}): Lanes {
  const { telemetry, registry, claims, recorder, concurrency, start, emit } = given;
  let isClosed = false;

  function resume(lane: Lane): void {
    claims.updateSaturation(lane);
    start(lane);
  }

  return {
    accept(deliveries) {
      // A commit leased these deliveries, so the store works.
      recorder.resume();
      const touched = new Set<Lane>();
      let overflow = 0;
      for (const delivery of deliveries) {
        // This lease was reported after its shard was lost and taken again; the delivery is due again under
        // the present fence.
        if ((registry.find(delivery.endpointId)?.fence ?? 0) > delivery.fence) continue;
        const lane = registry.ensure(delivery);
        if (!registry.hold(lane, delivery) || isClosed) {
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
      for (const lane of touched) resume(lane);
    },
    finish(lane, tookFastSlot) {
      concurrency.release(lane, tookFastSlot);
      for (let next = concurrency.admit(); next !== null; next = concurrency.admit()) start(next);
      start(lane);
    },
    settle(settled) {
      for (const lane of settled) registry.settle(lane);
      for (const lane of new Set(settled)) {
        if (lane.isDropped) continue;
        claims.updateSaturation(lane);
        claims.askForMore(lane);
        // The store has recorded the opening by now, so a poll at that time finds the probe.
        const { open } = lane.breaker;
        if (open !== null) emit({ kind: "due", at: open.probeAt });
        registry.evictIfIdle(lane);
      }
    },
    continue: resume,
    wake(lane) {
      resume(lane);
      claims.askForMore(lane);
      registry.evictIfIdle(lane);
    },
    startAll() {
      for (const lane of registry.all()) if (queuedCount(lane) > 0) start(lane);
    },
    invalidate({ endpointId, version }) {
      const lane = registry.find(endpointId);
      if (lane === undefined) return;
      lane.version = Math.max(lane.version, version);
      lane.loaded = null;
      lane.isDisabling = false;
      start(lane);
    },
    dropOthers(fences) {
      for (const lane of registry.all()) {
        if (fences.get(lane.shard) !== lane.fence) registry.drop(lane);
      }
    },
    close() {
      isClosed = true;
      let count = 0;
      for (const lane of registry.all()) {
        const queued = takeAll(lane);
        count += queued.length;
        for (const delivery of queued) recorder.release(lane, delivery);
      }
      return count;
    },
  };
}
