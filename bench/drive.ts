/** The two ways to publish: as fast as receipts come back, and at a fixed rate whatever comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sink } from "./children.ts";
import { monotonicMs } from "./clock.ts";
import type { Publisher } from "./publisher.ts";

export type Drive = {
  /** Receipts a second, from the first publish to the last receipt of what was published. */
  readonly perSecond: number;
  readonly receipts: number;
  /** Milliseconds to the answer, of each publish. */
  readonly answersMs: readonly number[];
};

/**
 * Publishes while `durationMs` lasts, at most `outstanding` deliveries ahead of the sink, so that
 * what is measured is what the server sustains and no backlog grows. Then waits for the rest.
 */
export async function driveClosed(p: {
  publisher: Publisher;
  sink: Sink;
  durationMs: number;
  outstanding: number;
  /** Deliveries made of one event. */
  endpoints?: number;
}): Promise<Drive> {
  const { publisher, sink } = p;
  const perPublish = publisher.eventsPerPublish * (p.endpoints ?? 1);
  const before = sink.received();
  const startedAt = monotonicMs();
  const answersMs: number[] = [];
  let owed = 0;

  await new Promise<void>((resolve, reject) => {
    let over = false;
    function pump(): void {
      if (over) {
        if (publisher.underWay() === 0) resolve();
        return;
      }
      while (owed + perPublish - (sink.received() - before) <= p.outstanding) {
        if (!publisher.publish()) return;
        owed += perPublish;
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
  await sink.waitFor(before + owed);
  const receipts = sink.received() - before;
  return { perSecond: (receipts / (sink.lastAt() - startedAt)) * 1000, receipts, answersMs };
}

const TICK_MS = 1;

/**
 * Publishes single events at a fixed rate, never waiting for answers, and gives the milliseconds
 * from each publish to its receipt. An event that finds no free connection counts from when it
 * should have gone.
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
