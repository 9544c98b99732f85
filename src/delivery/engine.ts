/**
 * The engine: sends pending deliveries and records their outcomes.
 *
 *     accept ──leased──▶ lane ──slot──▶ send ──outcome──▶ recorder ──▶ store
 *     store ──due──▶ claim loop ──leased──▶ lane
 *
 * It keeps I4 (trouble of one endpoint stays in its lane) and I5 (everything it holds is bounded). It also
 * keeps I7 (a fault of the server uses up no attempt) and I11 (after a change no older version is sent). It
 * sends only under leases it is certain of, so another owner can take over at any time. It must not know any
 * dialect or the clock: rendering and time are passed in.
 */
import { watchEngine } from "./gauges.ts";
import type { EngineGauges } from "./gauges.ts";
import { deliveriesReleased, engineStarted, engineStopped } from "../telemetry/events.ts";
import type { Lane } from "./lane/lane.ts";
import { createClaimLoop } from "./loops/claim-loop.ts";
import { limitsWith } from "./engine-options.ts";
import type { EngineOptions } from "./engine-options.ts";
import { createClockSteps } from "./loops/clock-steps.ts";
import { createLanes } from "./lane/lanes.ts";
import { createEndpointLoader } from "./lane/endpoint-loader.ts";
import { createConcurrencyLimit } from "./limits/concurrency-limit.ts";
import { createRecorder } from "./loops/recorder.ts";
import { createSendAttempts } from "./attempt/send-attempts.ts";
import { createShardLease } from "./loops/shard-lease.ts";
import { startJobLoop } from "./loops/job-loop.ts";
import { startSweepLoop } from "./loops/sweep-loop.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";

export type Engine = AsyncDisposable & {
  /**
   * Starts no more attempts, waits up to `graceMs` for those in flight, and records them. Then releases the
   * remaining deliveries and the shards. A request still in flight then may reach its receiver once more
   * (I2).
   */
  stop(p: { graceMs: number }): Promise<void>;
  snapshot(): EngineGauges;
};

const ACKNOWLEDGE_AGAIN_MS = 1000;
/** For the last outcomes, when the whole grace period went into waiting for them. */
const RECORD_GRACE_MS = 2000;
const DISPOSE_GRACE_MS = 5000;

/** Resolves after the first attempt to take shards; a store that is unavailable then is retried. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { store, owner, clock, telemetry, settings } = options;
  const acknowledging = createStoreCalls(telemetry, "lease");
  const limits = limitsWith(options.limits);
  let onNothingInFlight: (() => void) | null = null;
  let stopping: Promise<void> | null = null;
  let isOver = false;

  const clockSteps = createClockSteps(clock);
  const concurrency = createConcurrencyLimit(limits.inFlight, (lane) => lanes.pump(lane));
  const recorder = createRecorder({
    store: store.queue,
    clock,
    telemetry,
    limit: limits.unrecorded,
    onSettled(settled) {
      lanes.settle(settled);
      claimLoop.resume();
    },
    onDue: wakeFor,
    onRoom: () => lanes.pumpAll(),
  });
  const loader = createEndpointLoader({
    store: store.endpoints,
    keys: options.keys,
    policies: settings,
    signatureHeaders: settings.signatureHeaders,
    clock,
    telemetry,
  });
  const attempts = createSendAttempts({
    sender: options.sender,
    endpoints: store.endpoints,
    render: options.render,
    userAgent: `Hookline/${options.version}`,
    answerKeep: settings,
    mostAtOnce: limits.mostAtOnce,
    clock,
    clockSteps,
    ids: options.ids,
    telemetry,
    failpoint: options.failpoint,
    record: (lane, outcome) => recorder.record(lane, outcome),
    onDueAt: (at) => claimLoop.wakeAt(at),
    onEndpointChanged: (changed) => lanes.invalidate(changed),
    onFinished,
  });
  const lanes = createLanes({
    limits,
    clock,
    telemetry,
    loader,
    recorder,
    concurrency,
    maySend: (lane) =>
      stopping === null && !recorder.isFull() && lease.isCertain() && !lease.isLeaving(lane.shard),
    start: (lane, loaded, delivery) => attempts.start(lane, loaded, delivery),
    onWant: (endpointId) => claimLoop.want(endpointId),
    onProbeAt: (at) => claimLoop.wakeAt(at),
  });
  const claimLoop = createClaimLoop({ store: store.queue, owner, clock, telemetry, lanes });
  const lease = createShardLease({
    store: store.shards,
    owner,
    clock,
    telemetry,
    leaseMs: limits.leaseMs,
    atMost: limits.shards,
    underWay: (shards) => lanes.underWay(shards),
    onTaken: () => claimLoop.wakeAt(clock.now()),
    onHeld(fences) {
      lanes.dropOthers(fences);
      lanes.pumpAll();
    },
  });

  function onFinished(lane: Lane, tookFastSlot: boolean): void {
    concurrency.release(tookFastSlot);
    lanes.pump(lane);
    if (concurrency.taken() === 0) onNothingInFlight?.();
  }

  /** Saturated lanes note it and ask later; for all others one poll of the store is due. */
  function wakeFor(endpointIds: readonly string[]): void {
    if (stopping !== null) return;
    let isPollDue = false;
    for (const endpointId of endpointIds) isPollDue = !lanes.markHasMore(endpointId) || isPollDue;
    if (isPollDue) claimLoop.wakeAt(clock.now());
  }

  function acknowledge(changed: { endpointId: string; version: number }): void {
    if (isOver) return;
    store.shards.acknowledge({ owner, ...changed }).then(
      () => acknowledging.worked(),
      (err: unknown) => {
        if (isOver) return;
        acknowledging.failed(err);
        // The call that made the change waits for this acknowledgement while the lease lasts, so retry.
        clock.setTimer(clock.now() + ACKNOWLEDGE_AGAIN_MS, () => acknowledge(changed));
      },
    );
  }

  async function stop(graceMs: number): Promise<void> {
    const graceUntil = clock.now() + graceMs;
    claimLoop.stop();
    sweepLoop.stop();
    jobLoop.stop();
    loader.stop();
    const released = lanes.close();
    if (released > 0) deliveriesReleased(telemetry, { cause: "stop", count: released });
    if (concurrency.taken() > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onNothingInFlight = resolve;
      await orUntil(promise, graceUntil);
    }
    attempts.abandon();
    const recordUntil = Math.max(graceUntil, clock.now() + RECORD_GRACE_MS);
    await orUntil(recorder.drained(), recordUntil);
    isOver = true;
    lease.stop();
    const unrecorded = recorder.stop();
    await store.shards.release({ owner }).catch((err: unknown) => {
      acknowledging.failed(err);
    });
    engineStopped(telemetry, { released, abandoned: concurrency.taken(), unrecorded });
  }

  function orUntil(work: Promise<void>, at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.setTimer(at, resolve);
    return Promise.race([work, promise]).finally(cancel);
  }

  function snapshot(): EngineGauges {
    return {
      ...lanes.counts(),
      inFlight: concurrency.taken(),
      waiting: concurrency.waiting(),
      unrecorded: recorder.waiting(),
      shards: lease.held(),
    };
  }

  store.queue.listen({
    owner,
    onLeased(leased, due) {
      if (leased.length > 0 && !isOver) lanes.accept(leased);
      if (due.length > 0) wakeFor(due);
    },
  });
  store.shards.onChanged({
    owner,
    listener(changed) {
      lanes.invalidate(changed);
      acknowledge(changed);
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
    onDue: wakeFor,
  });
  const jobLoop = startJobLoop({
    jobs: store.jobs,
    perSecond: limits.replayedPerSecond,
    retentionMs: settings.retentionMs,
    clock,
    telemetry,
  });
  watchEngine(telemetry.metrics, { snapshot, upkeep: store.upkeep });
  engineStarted(telemetry, { owner, shards: lease.held() });
  claimLoop.wakeAt(clock.now());

  return {
    stop: ({ graceMs }) => (stopping ??= stop(graceMs)),
    snapshot,
    [Symbol.asyncDispose]: () => (stopping ??= stop(DISPOSE_GRACE_MS)),
  };
}
