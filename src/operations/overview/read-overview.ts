/** The first screen of the dashboard in one read, made at most once a second for any number of viewers. */
import { nodeOfOwner } from "../../core/ids/node-name.ts";
import { BUCKETS, percentile } from "../../core/series/histogram.ts";
import {
  MINUTE_MS,
  RESULT_AT,
  SERIES_SUMS,
  TIME_AT,
  type SeriesTime,
} from "../../core/series/series.ts";
import type { HealthState } from "../../store/interface/endpoints.ts";
import type { FailureCount } from "../../store/interface/failures.ts";
import type { OperationContext } from "../context.ts";
import { listByHealth } from "../endpoints/endpoint-health.ts";
import { keepFor } from "../keep-for.ts";

export type Percentiles = { readonly p50: number | null; readonly p95: number | null };

export type Overview = Awaited<ReturnType<typeof makeOverview>>;

/** The sentences are about the last five minutes. */
const RECENT_MS = 5 * MINUTE_MS;
const MOST_ENDPOINTS = 20;
const MOST_TASKS = 20;
const NEEDS_ATTENTION: readonly HealthState[] = [
  "breaker_open",
  "switched_off",
  "asked_to_wait",
  "failing",
];
const SHARDS = 256;
const DAY_MS = 24 * 60 * MINUTE_MS;
const KEPT_MS = 1_000;
/** Counting failures reads up to 10,000 rows, and the size of a database is that of all its files. */
const DEAR_KEPT_MS = 10_000;

type Dear = {
  readonly failures: () => Promise<FailureCount>;
  readonly bytes: () => Promise<number>;
};

const kept = new WeakMap<OperationContext, () => Promise<Overview>>();

export async function readOverview(context: OperationContext): Promise<Overview> {
  let read = kept.get(context);
  if (read === undefined) {
    const { store } = context;
    const dear: Dear = {
      failures: keepFor(DEAR_KEPT_MS, () =>
        store.failures.countRecent({ since: context.now() - DAY_MS }),
      ),
      bytes: keepFor(DEAR_KEPT_MS, async () => (await store.upkeep.gauges()).storeBytes),
    };
    read = keepFor(KEPT_MS, () => makeOverview(context, dear));
    kept.set(context, read);
  }
  return await read();
}

async function makeOverview(context: OperationContext, dear: Dear) {
  const { store } = context;
  const now = context.now();
  const range = {
    since: now - RECENT_MS,
    until: now + MINUTE_MS,
    spanMs: MINUTE_MS,
    stepMs: MINUTE_MS,
  } as const;
  const all = { appRef: null, dialect: null, text: null, after: null };
  const [series, accepted, attention, totals, bytes, tasks, owners, failedForGood] =
    await Promise.all([
      store.series.read({ ...range, appRef: null, endpointRefs: null, groupBy: "none" }),
      store.series.accepted(range),
      listByHealth(context, { ...all, states: NEEDS_ATTENTION, limit: MOST_ENDPOINTS }),
      store.upkeep.totals(),
      dear.bytes(),
      store.jobs.list({
        appRef: null,
        window: { after: null, limit: MOST_TASKS, backward: false, ascending: false },
        states: ["running"],
      }),
      store.shards.owners(),
      dear.failures(),
    ]);
  const points = series?.[0]?.points ?? [];
  const counts = Array.from({ length: SERIES_SUMS }, (_, place) =>
    points.reduce((sum, point) => sum + (point.counts[place] ?? 0), 0),
  );
  const durations = Array.from({ length: BUCKETS }, (_, bucket) =>
    accepted.reduce((sum, one) => sum + (one.durations[bucket] ?? 0), 0),
  );
  const attempts = Object.values(RESULT_AT).reduce((sum, place) => sum + (counts[place] ?? 0), 0);
  const events = accepted.reduce((sum, one) => sum + one.events, 0);
  return {
    at: now,
    recentMs: RECENT_MS,
    events,
    attempts,
    delivered: counts[RESULT_AT.ok] ?? 0,
    accept: toPercentiles(durations),
    wait: timesOf(counts, "wait"),
    attempt: timesOf(counts, "attempt"),
    receipt: timesOf(counts, "receipt"),
    attention: attention.items,
    hasMoreAttention: attention.next !== null,
    backlog: { pending: totals.pending, parked: totals.parked },
    failedForGood,
    tasks: tasks?.items ?? [],
    hasMoreTasks: tasks?.done === false,
    nodes: new Set(owners.map(({ owner }) => nodeOfOwner(owner))).size,
    shards: { owned: owners.reduce((sum, { shards }) => sum + shards, 0), all: SHARDS },
    store: { kind: store.kind, bytes },
    version: context.settings.version,
  };
}

function timesOf(counts: readonly number[], time: SeriesTime): Percentiles {
  return toPercentiles(counts.slice(TIME_AT[time], TIME_AT[time] + BUCKETS));
}

function toPercentiles(buckets: readonly number[]): Percentiles {
  return { p50: percentile(buckets, 0.5), p95: percentile(buckets, 0.95) };
}
