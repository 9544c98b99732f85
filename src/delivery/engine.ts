/**
 * The engine: sends pending deliveries and records their outcomes.
 *
 *     store ──due──▶ claim loop ──leased──┐
 *     accept ──────────leased─────────────┴─▶ lanes ──▶ start ──▶ attempts ──outcome──▶ recorder ──▶ store
 *                                                        │ ▲
 *                                                        ▼ └── shard lease, concurrency limit
 *                                                      loading ──▶ loader ──▶ store
 *
 *     attempts ──"finished", "changed"───┐
 *     recorder ──"settled", "room"───────┤
 *     loading ──"loaded"─────────────────┼──▶ lanes
 *     timer of a lane ──"woken"──────────┤
 *     shard lease ──"held"───────────────┘
 *     attempts, lanes, recorder, sweep ──"due", "endpointsDue", "wanted"──▶ claim loop
 *
 * A part is given the parts on its right (`engine-parts.ts`). An event in quotes (`engine-events.ts`) flows
 * back to the left. Every loop is made by `loops/loop.ts`.
 *
 * The engine keeps I4 (trouble of one endpoint stays in its lane) and I5 (everything it holds is bounded). It
 * also keeps I7 (a fault of the server uses up no attempt) and I11 (after a change no older version is sent).
 * It sends only under leases it is certain of, so another owner can take over at any time. It must not know
 * any dialect or the clock: rendering and time are passed in.
 */
import { deliveriesReleased, engineStarted, engineStopped } from "../telemetry/events.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";
import { createAcknowledgeChanges } from "./acknowledge-changes.ts";
import { limitsWith, type EngineOptions } from "./engine-options.ts";
import { createEngineParts } from "./engine-parts.ts";
import { watchEngine, type EngineGauges } from "./gauges.ts";
import { createClockSteps } from "./loops/clock-steps.ts";
import type { Clock } from "./loops/clock.ts";
import { startFanOutLoop } from "./loops/fan-out-loop.ts";
import { startJobLoop } from "./loops/job-loop.ts";
import { startSeriesLoop } from "./loops/series-loop.ts";
import { startSweepLoop } from "./loops/sweep-loop.ts";

export type Engine = AsyncDisposable & {
  /**
   * Starts no more attempts, waits up to `graceMs` for those in flight, and records them. Then releases the
   * remaining deliveries and the shards. A request still in flight then may reach its receiver once more
   * (I2).
   */
  stop(p: { graceMs: number }): Promise<void>;
  snapshot(): EngineGauges;
};

/** For the last outcomes, when the whole grace period went into waiting for them. */
const RECORD_GRACE_MS = 2000;
const DISPOSE_GRACE_MS = 5000;

/** Resolves after the first attempt to take shards; a store that is unavailable then is retried. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { store, owner, clock, telemetry, settings } = options;
  const limits = limitsWith(options.limits);
  const clockSteps = createClockSteps(clock);
  const parts = createEngineParts(options, { limits, clockSteps });
  const { lanes, claimLoop, lease, recorder, concurrency } = parts;
  const changes = createAcknowledgeChanges({ store: store.shards, owner, clock, telemetry });
  let stopping: Promise<void> | null = null;
  let isOver = false;

  store.queue.listen({
    owner,
    onLeased(leased, due) {
      if (leased.length > 0 && !isOver) lanes.accept(leased);
      if (due.length > 0) claimLoop.wakeFor(due);
    },
  });
  store.shards.onChanged({
    owner,
    listener(changed) {
      lanes.invalidate(changed);
      changes.acknowledge(changed);
    },
  });
  await lease.start();
  const sweepLoop = startSweepLoop({
    upkeep: store.upkeep,
    queue: store.queue,
    owner,
    retentionMs: settings.retentionMs,
    dedupeWindowMs: settings.dedupeWindowMs,
    clock,
    clockSteps,
    telemetry,
    emit: parts.emit,
  });
  const jobLoop = startJobLoop({
    jobs: store.jobs,
    perSecond: limits.replayedPerSecond,
    retentionMs: settings.retentionMs,
    clock,
    telemetry,
  });
  const fanOutLoop = startFanOutLoop({ fanOuts: store.fanOuts, clock, telemetry });
  const seriesLoop = startSeriesLoop({
    series: store.series,
    sums: parts.sums,
    clock,
    telemetry,
  });
  watchEngine(telemetry.metrics, { snapshot, upkeep: store.upkeep });
  engineStarted(telemetry, { owner, shards: lease.held() });
  claimLoop.wakeAt(clock.now());

  function snapshot(): EngineGauges {
    return {
      ...parts.registry.counts(),
      inFlight: concurrency.taken(),
      waiting: concurrency.waiting(),
      unrecorded: recorder.waiting(),
      shards: lease.held(),
    };
  }

  async function stop(graceMs: number): Promise<void> {
    const graceUntil = clock.now() + graceMs;
    for (const part of [claimLoop, sweepLoop, jobLoop, fanOutLoop, seriesLoop, parts.loader])
      part.stop();
    const released = lanes.close();
    if (released > 0) deliveriesReleased(telemetry, { cause: "stop", count: released });
    await orUntil(concurrency.allReleased(), graceUntil, clock);
    parts.attempts.abandon();
    const recordUntil = Math.max(graceUntil, clock.now() + RECORD_GRACE_MS);
    await orUntil(recorder.drained(), recordUntil, clock);
    await orUntil(seriesLoop.flush(), recordUntil, clock);
    isOver = true;
    changes.stop();
    lease.stop();
    const unrecorded = recorder.stop();
    const calls = createStoreCalls(telemetry, "lease");
    await store.shards.release({ owner }).catch((err: unknown) => calls.failed(err));
    engineStopped(telemetry, { released, abandoned: concurrency.taken(), unrecorded });
  }

  return {
    stop: ({ graceMs }) => (stopping ??= stop(graceMs)),
    snapshot,
    [Symbol.asyncDispose]: () => (stopping ??= stop(DISPOSE_GRACE_MS)),
  };
}

function orUntil(work: Promise<void>, at: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.setTimer(at, resolve);
  return Promise.race([work, promise]).finally(cancel);
}
