/** The two ways to publish: as fast as receipts come back, and at a fixed rate without waiting. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sink } from "./children.ts";
import { monotonicMs } from "./clock.ts";
import type { Publisher } from "./publisher.ts";

export type Drive = {
  /** Receipts a second, from the first publish to the last receipt of a published event. */
  readonly perSecond: number;
  readonly receipts: number;
  /** Response times of the publishes in milliseconds. */
  readonly answersMs: readonly number[];
};

/**
 * Publishes for `durationMs`, with at most `outstanding` deliveries ahead of the sink. So the figure is the
 * rate that the server sustains, and no backlog grows. Then waits for the remaining receipts.
 */
export async function driveClosed(p: {
  publisher: Publisher;
  sink: Sink;
  durationMs: number;
  outstanding: number;
  /** The number of deliveries per event. */
  endpoints?: number;
}): Promise<Drive> {
  const { publisher, sink } = p;
  const perPublish = publisher.eventsPerPublish * (p.endpoints ?? 1);
  const before = sink.received();
  const startedAt = monotonicMs();
  const answersMs: number[] = [];
  let expected = 0;

  await new Promise<void>((resolve, reject) => {
    let over = false;
    function pump(): void {
      if (over) {
        if (publisher.inFlight() === 0) resolve();
        return;
      }
      while (expected + perPublish - (sink.received() - before) <= p.outstanding) {
        if (!publisher.publish()) return;
        expected += perPublish;
      }
    }
    publisher.onAnswer = (took) => {
      answersMs.push(took);
      pump();
    };
    publisher.onFailure = reject;
    sink.onReceived = pump;
    setTimeout(() => {
      over = true;
      pump();
    }, p.durationMs);
    pump();
  });
  sink.onReceived = () => {};
  await sink.waitFor(before + expected);
  const receipts = sink.received() - before;
  return { perSecond: (receipts / (sink.lastAt() - startedAt)) * 1000, receipts, answersMs };
}

const TICK_MS = 1;

/**
 * Publishes single events at a fixed rate, without waiting for responses. Returns the milliseconds from each
 * publish to its receipt. An event that finds no free connection counts from its scheduled instant.
 */
export async function driveOpen(p: {
  publisher: Publisher;
  sink: Sink;
  numbers: { next: number };
  eventsPerSecond: number;
  durationMs: number;
}): Promise<readonly number[]> {
  const { publisher, sink, numbers } = p;
  const total = Math.floor((p.eventsPerSecond * p.durationMs) / 1000);
  const publishedAt = new Float64Array(total);
  const before = sink.received();
  const first = numbers.next;
  sink.note(first, total);
  const startedAt = monotonicMs();
  const failures: Error[] = [];
  publisher.onFailure = (error) => failures.push(error);
  publisher.onAnswer = () => {};

  let due = 0;
  for (let sent = 0; sent < total && failures.length === 0;) {
    const now = monotonicMs();
    const wanted = Math.min(total, Math.ceil(((now - startedAt) / 1000) * p.eventsPerSecond));
    while (due < wanted) publishedAt[due++] = now;
    while (sent < due && publisher.publish()) sent += 1;
    await sleep(TICK_MS);
  }
  if (failures[0] !== undefined) throw failures[0];
  await sink.waitFor(before + total);
  const arrivals = await sink.arrivals();
  return Array.from(arrivals, (at, i) => at - (publishedAt[i] ?? Number.NaN));
}
