/**
 * One owner of shards: sends their pending deliveries and records the outcomes.
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
 *     attempts, lanes, recorder, upkeep ──"due", "endpointsDue", "wanted"──▶ claim loop
 *
 * A part is given the parts on its right (`engine-parts.ts`). An event in quotes (`engine-events.ts`) flows
 * back to the left. Every loop is made by `loops/loop.ts`.
 *
 * It keeps I4 (trouble of one endpoint stays in its lane) and I5 (everything it holds is bounded). It
 * also keeps I7 (a fault of the server uses up no attempt) and I11 (after a change no older version is sent).
 * It sends only under leases it is certain of, so another owner can take over at any time. It must not know
 * any dialect or the clock: rendering and time are passed in.
 */
import { deliveriesReleased, engineStarted, engineStopped } from "../telemetry/events.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";
import { createAcknowledgeChanges } from "./acknowledge-changes.ts";
import type { Emit } from "./engine-events.ts";
import { limitsWith, type SendingOptions } from "./engine-options.ts";
import { createEngineParts } from "./engine-parts.ts";
import { watchSending, type EngineGauges } from "./gauges.ts";
import { createClockSteps } from "./loops/clock-steps.ts";
import type { Clock } from "./loops/clock.ts";
import { startExpireLoop } from "./loops/expire-loop.ts";
import type { AttemptSums } from "./series/attempt-sums.ts";

export type Sending = {
  /**
   * Starts no more attempts, waits up to `graceMs` for those in flight, and records them. Then releases the
   * remaining deliveries and the shards. A request still in flight then may reach its receiver once more
   * (I2).
   */
  stop(p: { graceMs: number }): Promise<void>;
  snapshot(): EngineGauges;
  /** Sums of its attempts, for charts. */
  readonly sums: AttemptSums;
  readonly emit: Emit;
};

/** For the last outcomes, when the whole grace period went into waiting for them. */
export const RECORD_GRACE_MS = 2000;

/** Resolves after the first attempt to take shards; a store that is unavailable then is retried. */
export async function startSending(options: SendingOptions): Promise<Sending> {
  const { store, owner, clock, telemetry } = options;
  const limits = limitsWith(options.limits);
  const clockSteps = createClockSteps(clock);
  const parts = createEngineParts(options, { limits, clockSteps });
  const { lanes, claimLoop, lease, recorder, concurrency, sums, emit } = parts;
  const changes = createAcknowledgeChanges({ store: store.shards, owner, clock, telemetry });
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
  const { queue } = store;
  const expireLoop = startExpireLoop({ queue, owner, clock, clockSteps, telemetry });
  watchSending(telemetry.metrics, snapshot);
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

  async function stop({ graceMs }: { graceMs: number }): Promise<void> {
    const graceUntil = clock.now() + graceMs;
    for (const part of [claimLoop, expireLoop, parts.loader]) part.stop();
    const released = lanes.close();
    if (released > 0) deliveriesReleased(telemetry, { cause: "stop", count: released });
    await orUntil(concurrency.allReleased(), graceUntil, clock);
    parts.attempts.abandon();
    const recordUntil = Math.max(graceUntil, clock.now() + RECORD_GRACE_MS);
    await orUntil(recorder.drained(), recordUntil, clock);
    isOver = true;
    changes.stop();
    lease.stop();
    const unrecorded = recorder.stop();
    const calls = createStoreCalls(telemetry, "lease");
    await store.shards.release({ owner }).catch((err: unknown) => calls.failed(err));
    engineStopped(telemetry, { released, abandoned: concurrency.taken(), unrecorded });
  }

  return { stop, snapshot, sums, emit };
}

export function orUntil(work: Promise<void>, at: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.setTimer(at, resolve);
  return Promise.race([work, promise]).finally(cancel);
}
