/**
 * Records the outcomes of attempts, many per commit. While one commit is in progress the next batch grows, so
 * its size follows the load, and a distant store asks for larger batches. When the store cannot be written,
 * outcomes wait here, are retried, and use up no attempt (I7). Their number is bounded, so the lanes stop
 * sending when the recorder is full (I5). A single outcome that the store cannot write is found by bisection
 * and set aside, so that it delays no other. The recorder must not know the meaning of an outcome.
 */
import { AppError } from "../../core/error.ts";
import type { QueueStore, RecordedOutcome } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import {
  operationalEventsSuppressed,
  outcomesRecorded,
  outcomesStale,
  outcomeUnwritable,
  type Telemetry,
} from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Lane } from "../lane/lane.ts";
import type { Clock } from "./clock.ts";
import type { LiveAttempts } from "./live-attempts.ts";
import { createLoop, NEVER, type Backoff } from "./loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type Recorder = {
  record(lane: Lane, outcome: RecordedOutcome): void;
  /** Releases a leased delivery without an attempt, due as before. */
  release(lane: Lane, delivery: LeasedDelivery): void;
  /** Whether too many outcomes wait for the store: no new attempt should start. */
  isFull(): boolean;
  /**
   * Retries at once after an outage, because another call has just shown that the store works. New deliveries
   * are being sent already. An outcome that is not recorded before shards change hands means a second
   * sending.
   */
  resume(): void;
  waiting(): number;
  /** Resolves when no outcome waits any more. */
  drained(): Promise<void>;
  /** Discards the outcomes that still wait and returns their number. */
  stop(): number;
};

const BATCH_LIMIT = 512;
const BACKOFF: Backoff = { firstMs: 100, lastMs: 5000 };
const ASIDE_MS = 60_000;

type Released = Parameters<QueueStore["release"]>[0]["deliveries"][number];

type Waiting<T> = { lanes: Lane[]; items: T[] };

export function createRecorder(given: {
  store: Pick<QueueStore, "record" | "release" | "batchDelayMs">;
  clock: Clock;
  telemetry: Telemetry;
  limit: number;
  emit: Emit;
  live: Pick<LiveAttempts, "recorded">;
}): Recorder {
  const { store, clock, telemetry, limit, emit } = given;
  const outcomes: Waiting<RecordedOutcome> = { lanes: [], items: [] };
  const releases: Waiting<Released> = { lanes: [], items: [] };
  /** Smaller than a full batch while the unwritable outcome is being located. */
  let batch = BATCH_LIMIT;
  let wasFull = false;
  /** End of the batch delay, in elapsed time. */
  let batchUntil = Number.NEGATIVE_INFINITY;
  /** Outcomes that could not be written, each as the function that cancels its next try. */
  const aside = new Set<() => void>();
  let drainListeners: (() => void)[] = [];
  const calls = createStoreCalls(telemetry, "record");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: write });

  const ready = () => outcomes.items.length + releases.items.length;
  const waiting = () => ready() + aside.size;
  const isFull = () => (wasFull = waiting() >= limit);

  async function write(): Promise<Instant> {
    const begunAt = clock.elapsed();
    if (outcomes.items.length > 0) await writeOutcomes();
    if (releases.items.length > 0) await writeReleases();
    const endedAt = clock.elapsed();
    batchUntil = endedAt + store.batchDelayMs({ tookMs: endedAt - begunAt });
    if (wasFull && !isFull()) emit({ kind: "room" });
    if (ready() > 0) return nextAt();
    notifyDrained();
    return NEVER;
  }

  /** A full batch does not wait for the batch delay. */
  function nextAt(): Instant {
    const delayMs = ready() >= BATCH_LIMIT ? 0 : Math.max(batchUntil - clock.elapsed(), 0);
    return clock.now() + delayMs;
  }

  function notifyDrained(): void {
    const listeners = drainListeners;
    drainListeners = [];
    for (const listener of listeners) listener();
  }

  async function writeOutcomes(): Promise<void> {
    const items = outcomes.items.slice(0, batch);
    const recorded = await store.record({ outcomes: items, now: clock.now() }).catch((err) => {
      // A store error affects every outcome; a bug may affect only one.
      if (err instanceof AppError && err.code !== "internal") throw err;
      narrow(items, err);
      return null;
    });
    if (recorded === null) return;
    const { stale, due, suppressed } = recorded;
    batch = Math.min(2 * batch, BATCH_LIMIT);
    outcomes.items.splice(0, items.length);
    outcomesRecorded(telemetry, { count: items.length });
    if (suppressed > 0) operationalEventsSuppressed(telemetry, { count: suppressed });
    if (stale.length > 0) outcomesStale(telemetry, { count: stale.length });
    const lanes = outcomes.lanes.splice(0, items.length);
    given.live.recorded(items, lanes, stale);
    emit({ kind: "settled", lanes });
    if (due.length > 0) emit({ kind: "endpointsDue", endpointIds: due });
  }

  /** Halves the batch, and sets aside an outcome that fails alone. Its delivery stays leased meanwhile. */
  function narrow([outcome, ...others]: readonly RecordedOutcome[], err: unknown): void {
    batch = Math.ceil((others.length + 1) / 2);
    if (outcome === undefined || others.length > 0) return;
    const { deliveryId, endpointId } = outcome;
    outcomeUnwritable(telemetry, { deliveryId, endpointId, err });
    outcomes.items.shift();
    const [lane] = outcomes.lanes.splice(0, 1);
    const cancel = clock.setTimer(clock.now() + ASIDE_MS, () => {
      aside.delete(cancel);
      add(outcomes, lane as Lane, outcome);
    });
    aside.add(cancel);
  }

  async function writeReleases(): Promise<void> {
    const deliveries = releases.items.slice(0, BATCH_LIMIT);
    await store.release({ deliveries, dueAt: null });
    releases.items.splice(0, deliveries.length);
    emit({ kind: "settled", lanes: releases.lanes.splice(0, deliveries.length) });
  }

  function add<T>(to: Waiting<T>, lane: Lane, item: T): void {
    if (loop.isStopped()) return;
    to.lanes.push(lane);
    to.items.push(item);
    // While others wait, the loop is running, in a pause, or due already.
    const count = ready();
    if (count === 1 || count === BATCH_LIMIT) loop.wakeAt(nextAt());
  }

  return {
    record: (lane, outcome) => add(outcomes, lane, outcome),
    release(lane, { deliveryId, endpointId, shard, fence }) {
      add(releases, lane, { deliveryId, endpointId, shard, fence });
    },
    isFull,
    resume: loop.resume,
    waiting,
    drained: () =>
      ready() === 0 ? Promise.resolve() : new Promise((resolve) => drainListeners.push(resolve)),
    stop() {
      loop.stop();
      for (const cancel of aside) cancel();
      notifyDrained();
      return waiting();
    },
  };
}
