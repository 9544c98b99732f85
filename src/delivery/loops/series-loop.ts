/**
 * Appends the sums of this node for charts every few seconds, and samples the backlogs each minute. A commit has the rows
 * of at most 100 endpoints or applications, and holds the writer for a few milliseconds. With 500 it was 17 ms at the
 * median and 22 ms at most (2026-12-01). Where more endpoints are in use, their sums wait longer and grow instead.
 */
import { BUCKETS } from "../../core/series/histogram.ts";
import { MINUTE_MS } from "../../core/series/series.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { NewAccepted, SeriesStore } from "../../store/interface/series.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";
import type { AttemptSums } from "../series/attempt-sums.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Backoff } from "./loop.ts";

export type SeriesLoop = {
  /** Appends the rest, once and without a retry. */
  flush(): Promise<void>;
  stop(): void;
};

const APPEND_EVERY_MS = 5_000;
const APPEND_LIMIT = 100;
const MOST_APPENDS = 5;
const BACKOFF: Backoff = { firstMs: APPEND_EVERY_MS, lastMs: MINUTE_MS };

export function startSeriesLoop(given: {
  /** Without `backlogs` it samples none, since one thread of a node does. */
  series: Pick<SeriesStore, "append"> & Partial<Pick<SeriesStore, "backlogs">>;
  sums: AttemptSums;
  clock: Clock;
  telemetry: Telemetry;
}): SeriesLoop {
  const { series, sums, clock, telemetry } = given;
  const { accepting } = telemetry.metrics;
  const calls = createStoreCalls(telemetry, "series");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work });
  let sampledAt: Instant = toMinute(clock.now());
  /** The counters of the node, up to the last append. */
  let appended = { events: accepting.events, durations: [...accepting.durations] };

  async function work(): Promise<Instant> {
    await append();
    await sample();
    return clock.now() + APPEND_EVERY_MS;
  }

  async function append(): Promise<void> {
    for (let appends = 0; appends < MOST_APPENDS; appends++) {
      if ((await appendSome()) < APPEND_LIMIT) return;
    }
  }

  /** Returns the number of appended sums. */
  async function appendSome(): Promise<number> {
    const taken = sums.take(APPEND_LIMIT);
    const total = { events: accepting.events, durations: [...accepting.durations] };
    const accepted = toDifference(total, appended, toMinute(clock.now()));
    if (taken.length === 0 && accepted.length === 0) return 0;
    const before = appended;
    appended = total;
    try {
      await series.append({ sums: taken, accepted, backlogs: null });
    } catch (err) {
      sums.putBack(taken);
      appended = before;
      throw err;
    }
    return taken.length;
  }

  async function sample(): Promise<void> {
    const at = toMinute(clock.now());
    if (at === sampledAt || series.backlogs === undefined) return;
    const apps = await series.backlogs();
    // A sample that fails halfway is repeated: the charts show the greatest one of a minute.
    for (let from = 0; from < apps.length; from += APPEND_LIMIT) {
      const some = apps.slice(from, from + APPEND_LIMIT);
      await series.append({ sums: [], accepted: [], backlogs: { at, apps: some } });
    }
    sampledAt = at;
  }

  loop.wakeAt(clock.now() + APPEND_EVERY_MS);
  return {
    flush: () => append().catch((err: unknown) => calls.failed(err)),
    stop: loop.stop,
  };
}

function toMinute(now: Instant): Instant {
  return now - (now % MINUTE_MS);
}

type Counters = Omit<NewAccepted, "at">;

function toDifference(total: Counters, before: Counters, at: Instant): readonly NewAccepted[] {
  const events = total.events - before.events;
  if (events === 0) return [];
  const durations = Array.from(
    { length: BUCKETS },
    (_, bucket) => (total.durations[bucket] ?? 0) - (before.durations[bucket] ?? 0),
  );
  return [{ at, events, durations }];
}
