/** The numbers of charts: attempts by result, and times as percentiles, by steps of time. */
import Type from "typebox";
import { BUCKETS, percentile } from "../../../core/series/histogram.ts";
import {
  RESULT_AT,
  SERIES_RESULTS,
  SERIES_SUMS,
  SERIES_TIMES,
  TIME_AT,
  type SeriesTime,
} from "../../../core/series/series.ts";
import { readSeries, type Series } from "../../../operations/series/read-series.ts";
import type { OperationContext, SeriesOf } from "../../../operations/context.ts";
import type { Call } from "../../call.ts";
import { instantIn, refine } from "../../request-schema.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { answer, EXAMPLE_ENDPOINT, instant, nullable, READING, shown } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { isoTime } from "./paging.ts";

const MOST_ENDPOINTS = 10;

const milliseconds = nullable(Type.Integer({ minimum: 0 }));
const times = Type.Object({ p50: milliseconds, p95: milliseconds, p99: milliseconds });
const sums = {
  results: Type.Object(
    Object.fromEntries(SERIES_RESULTS.map((result) => [result, Type.Integer()])),
    { description: "Attempts by result. `other` has 1xx, 3xx and addresses that are not allowed." },
  ),
  attempt: times,
  receipt: times,
  wait: times,
};
const point = Type.Object({
  at: instant("Start of the step."),
  ...sums,
  pending: nullable(Type.Integer({ description: "The greatest sample; null without a sample." })),
  parked: nullable(Type.Integer()),
});
const seriesOut = shown("Series", {
  since: instant("Start of the first step."),
  until: instant("End of the last step."),
  step: Type.Integer({ description: "Seconds." }),
  data: Type.Array(
    Type.Object({
      endpointId: nullable(Type.String()),
      api: nullable(Type.String()),
      total: Type.Object(sums, { description: "The whole range." }),
      points: Type.Array(point, { description: "Oldest first. Steps without numbers are absent." }),
    }),
  ),
});

const range = {
  since: Type.Optional(instantIn("Start of the range (default: a day before `until`).")),
  until: Type.Optional(instantIn("End of the range, exclusive (default: now).")),
  step: Type.Optional(
    Type.Integer({
      minimum: 60,
      maximum: 86_400 * 30,
      description:
        "Seconds per point, whole minutes (default: the shortest step with at most 200 points).",
    }),
  ),
};
const endpointIds = refine(
  Type.String({
    description: `Ids or uids of endpoints, separated by commas, at most ${MOST_ENDPOINTS}.`,
  }),
  (text: string) =>
    toRefs(text).every((ref) => ref !== "" && ref.length <= 256) &&
    toRefs(text).length <= MOST_ENDPOINTS,
  `must be 1 to ${MOST_ENDPOINTS} endpoints, separated by commas`,
);

const DESCRIPTION =
  "Times are in milliseconds: `attempt` is the duration of an attempt. `wait` is the time from accepting an event to its first attempt. `receipt` is the time from accepting to the receipt. Percentiles are estimated from 14 buckets. Numbers appear after some seconds. Steps of a minute are kept for 3 hours, and of 15 minutes for 3 days. Steps of an hour are kept for the retention, and of a day for 400 days.";

const shared = { tag: "Statistics", method: "GET", description: DESCRIPTION } as const;
const exampleTimes = { p50: 31, p95: 210, p99: 480 };
const exampleSums = {
  results: { ok: 41, clientError: 0, serverError: 2, timeout: 1, network: 0, other: 0 },
  attempt: exampleTimes,
  receipt: exampleTimes,
  wait: { p50: 2, p95: 9, p99: 20 },
};
const answers = {
  200: answer("The points of each series.", seriesOut, {
    since: "2026-05-06T04:00:00.000Z",
    until: "2026-05-07T04:00:00.000Z",
    step: 900,
    data: [
      {
        endpointId: null,
        api: null,
        total: exampleSums,
        points: [{ at: "2026-05-06T04:00:00.000Z", ...exampleSums, pending: 12, parked: 0 }],
      },
    ],
  }),
};

export const SERIES_CALLS: readonly Call[] = [
  defineCall({
    ...shared,
    id: "getSeries",
    portal: null,
    operator: "viewer",
    summary: "Get the series of all applications",
    path: "/api/v1/stats/series",
    access: asOperator,
    query: Type.Object({
      ...range,
      group_by: Type.Optional(
        Type.Enum(["result", "dialect"], { description: "Series to divide by (default: result)." }),
      ),
    }),
    answers,
    refusals: ["invalid_field"],
    handle: async ({ context, query }) =>
      await showSeries(context, { ...query, appRef: null, endpointRefs: null }),
  }),
  defineCall({
    ...shared,
    id: "getApplicationSeries",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get the series of an application, or of some of its endpoints",
    path: "/api/v1/app/:app/stats/series",
    access: asManager,
    query: Type.Object({
      ...range,
      endpoint_id: Type.Optional(endpointIds),
      group_by: Type.Optional(
        Type.Enum(["result", "endpoint", "dialect"], {
          description: "Series to divide by (default: result). `endpoint` needs `endpoint_id`.",
        }),
      ),
    }),
    example: { query: { endpoint_id: EXAMPLE_ENDPOINT } },
    answers,
    refusals: READING,
    async handle({ context, appRef, query: { endpoint_id: ids, ...query } }) {
      const endpointRefs = ids === undefined ? null : toRefs(ids);
      return await showSeries(context, { ...query, appRef, endpointRefs });
    },
  }),
];

function toRefs(text: string): readonly string[] {
  return [...new Set(text.split(","))];
}

async function showSeries(
  context: OperationContext,
  p: {
    readonly appRef: string | null;
    readonly endpointRefs: readonly string[] | null;
    readonly since?: number;
    readonly until?: number;
    readonly step?: number;
    readonly group_by?: "result" | "endpoint" | "dialect";
  },
): Promise<object> {
  const { appRef, endpointRefs, since = null, until = null, step, group_by: by = "result" } = p;
  return seriesShown(
    await readSeries(context, {
      appRef,
      endpointRefs,
      since,
      until,
      stepMs: step === undefined ? null : step * 1000,
      groupBy: by === "result" ? "none" : by,
    }),
  );
}

function seriesShown({ since, until, stepMs, series }: Series): object {
  return {
    since: isoTime(since),
    until: isoTime(until),
    step: stepMs / 1000,
    data: series.map(({ endpointId, dialect, points }) => ({
      endpointId,
      api: dialect,
      total: sumsShown(addUp(points)),
      points: points.map(({ at, counts, pending, parked }) => ({
        at: isoTime(at),
        ...sumsShown(counts),
        pending,
        parked,
      })),
    })),
  };
}

function addUp(points: SeriesOf["points"]): readonly number[] {
  return Array.from({ length: SERIES_SUMS }, (_, place) =>
    points.reduce((sum, { counts }) => sum + (counts[place] ?? 0), 0),
  );
}

function sumsShown(counts: readonly number[]): object {
  return {
    results: Object.fromEntries(SERIES_RESULTS.map((name) => [name, counts[RESULT_AT[name]] ?? 0])),
    ...Object.fromEntries(SERIES_TIMES.map((time) => [time, percentiles(counts, time)])),
  };
}

function percentiles(counts: readonly number[], time: SeriesTime) {
  const buckets = counts.slice(TIME_AT[time], TIME_AT[time] + BUCKETS);
  return {
    p50: percentile(buckets, 0.5),
    p95: percentile(buckets, 0.95),
    p99: percentile(buckets, 0.99),
  };
}
