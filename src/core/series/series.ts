/** The numbers of a series: results of attempts, and three times of each delivery as histograms. */
import type { Outcome } from "../delivery/outcome.ts";
import { isAccepted } from "../delivery/outcome.ts";
import { BUCKETS } from "./histogram.ts";

/** `other`: 1xx, 3xx and addresses that the policy refuses. */
export const SERIES_RESULTS = [
  "ok",
  "clientError",
  "serverError",
  "timeout",
  "network",
  "other",
] as const;
export type SeriesResult = (typeof SERIES_RESULTS)[number];

/**
 * `attempt`: duration of an attempt. `receipt`: from accepting the event, or the time for which it was scheduled, to
 * its receipt. `wait`: from then to the start of the first attempt.
 */
export const SERIES_TIMES = ["attempt", "receipt", "wait"] as const;
export type SeriesTime = (typeof SERIES_TIMES)[number];

/** Sums of one series: the results, then the buckets of each time. */
export const SERIES_SUMS = SERIES_RESULTS.length + SERIES_TIMES.length * BUCKETS;

export const RESULT_AT: Readonly<Record<SeriesResult, number>> = {
  ok: 0,
  clientError: 1,
  serverError: 2,
  timeout: 3,
  network: 4,
  other: 5,
};
/** Place of the first bucket of a time. */
export const TIME_AT: Readonly<Record<SeriesTime, number>> = {
  attempt: SERIES_RESULTS.length,
  receipt: SERIES_RESULTS.length + BUCKETS,
  wait: SERIES_RESULTS.length + 2 * BUCKETS,
};

export const MINUTE_MS = 60_000;

/**
 * Lengths of the stored spans, each with the time for which it is kept. Null is the retention of events. A chart
 * reads one span.
 */
export const SPANS = [
  { ms: MINUTE_MS, keptMs: 3 * 3_600_000 },
  { ms: 15 * MINUTE_MS, keptMs: 3 * 86_400_000 },
  { ms: 3_600_000, keptMs: null },
  { ms: 86_400_000, keptMs: 400 * 86_400_000 },
] as const;
export type Span = (typeof SPANS)[number]["ms"];

/** Maximum number of points of one chart. */
export const MOST_POINTS = 200;

/** The shortest step with which a chart of this range stays within its points: a span, or whole days. */
export function toStep(rangeMs: number): number {
  const day = SPANS[3].ms;
  const span = SPANS.find(({ ms }) => rangeMs <= ms * MOST_POINTS);
  return span?.ms ?? day * Math.ceil(rangeMs / (day * MOST_POINTS));
}

/** The result of an attempt; null for a fault of the server, which says nothing about the receiver (I7). */
export function toSeriesResult(outcome: Outcome): SeriesResult | null {
  if (isAccepted(outcome)) return "ok";
  if (outcome.kind === "response") {
    const { status } = outcome;
    if (status >= 500) return "serverError";
    return status >= 400 ? "clientError" : "other";
  }
  switch (outcome.reason) {
    case "internal":
    case "cancelled":
      return null;
    case "timeout":
      return "timeout";
    case "blocked":
      return "other";
    default:
      return "network";
  }
}
