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
import type { Clock } from "./clock.ts";
import type { Lane } from "../lane/lane.ts";
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
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;
const ASIDE_MS = 60_000;

type Released = Parameters<QueueStore["release"]>[0]["deliveries"][number];

type Waiting<T> = { lanes: Lane[]; items: T[] };

export function createRecorder(given: {
  store: Pick<QueueStore, "record" | "release" | "batchDelayMs">;
  clock: Clock;
  telemetry: Telemetry;
  limit: number;
  /** Each of these lanes has one leased delivery less; a lane may appear several times. */
  onSettled: (lanes: readonly Lane[]) => void;
  onDue: (endpointIds: readonly string[]) => void;
  /** There is room again after `isFull` was true, or the store can be written again. */
  onRoom: () => void;
}): Recorder {
  const { store, clock, telemetry, limit } = given;
  const calls = createStoreCalls(telemetry, "record");
  const outcomes: Waiting<RecordedOutcome> = { lanes: [], items: [] };
  const releases: Waiting<Released> = { lanes: [], items: [] };
  /** Smaller than a full batch while the unwritable outcome is being located. */
  let batch = BATCH_LIMIT;
  let isWriting = false;
  let isStopped = false;
  let wasFull = false;
  /** End of the batch delay, in elapsed time. */
  let batchUntil = Number.NEGATIVE_INFINITY;
  let endBatchDelay: (() => void) | null = null;
  let pauseMs = 0;
  let pausedAt = 0;
  let cancelPause: (() => void) | null = null;
  /** Outcomes that could not be written, each as the function that cancels its next try. */
  const aside = new Set<() => void>();
  let drainListeners: (() => void)[] = [];

  const ready = () => outcomes.items.length + releases.items.length;
  const waiting = () => ready() + aside.size;
  const hasWork = () => ready() > 0 && !isStopped;
  const isFull = () => (wasFull = waiting() >= limit);

  async function write(): Promise<void> {
    isWriting = true;
    while (hasWork()) {
      await delayBatch();
      const begunAt = clock.elapsed();
      try {
        if (outcomes.items.length > 0) await writeOutcomes();
        if (releases.items.length > 0) await writeReleases();
        calls.worked();
        pauseMs = 0;
        batchUntil = clock.elapsed() + store.batchDelayMs({ tookMs: clock.elapsed() - begunAt });
      } catch (err) {
        if (isStopped) break;
        calls.failed(err);
        pauseMs = Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LAST_PAUSE_MS);
        pausedAt = clock.elapsed();
        cancelPause = clock.setTimer(clock.now() + pauseMs, endPause);
        return;
      }
      if (wasFull && !isFull()) given.onRoom();
    }
    isWriting = false;
    for (const listener of drainListeners) listener();
    drainListeners = [];
  }

  function endPause(): void {
    cancelPause?.();
    cancelPause = null;
    void write();
  }

  async function delayBatch(): Promise<void> {
    const waitMs = batchUntil - clock.elapsed();
    if (waitMs <= 0 || ready() >= BATCH_LIMIT) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.setTimer(clock.now() + waitMs, resolve);
    endBatchDelay = resolve;
    await promise;
    cancel();
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
    given.onSettled(outcomes.lanes.splice(0, items.length));
    if (due.length > 0) given.onDue(due);
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
    given.onSettled(releases.lanes.splice(0, deliveries.length));
  }

  function add<T>(to: Waiting<T>, lane: Lane, item: T): void {
    if (isStopped) return;
    to.lanes.push(lane);
    to.items.push(item);
    if (!isWriting) void write();
    else if (ready() >= BATCH_LIMIT) endBatchDelay?.();
  }

  return {
    record: (lane, outcome) => add(outcomes, lane, outcome),
    release(lane, { deliveryId, endpointId, shard, fence }) {
      add(releases, lane, { deliveryId, endpointId, shard, fence });
    },
    isFull,
    resume() {
      if (cancelPause !== null && clock.elapsed() >= pausedAt + FIRST_PAUSE_MS) endPause();
    },
    waiting,
    drained: () =>
      isWriting ? new Promise((resolve) => drainListeners.push(resolve)) : Promise.resolve(),
    stop() {
      isStopped = true;
      cancelPause?.();
      endBatchDelay?.();
      for (const cancel of aside) cancel();
      for (const listener of drainListeners) listener();
      drainListeners = [];
      return waiting();
    },
  };
}
