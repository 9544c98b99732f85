/** Reads the numbers of charts. */
import { refuseField } from "../../core/error.ts";
import { MOST_POINTS, SPANS, toStep } from "../../core/series/series.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { SeriesOf } from "../../store/interface/series.ts";
import type { OperationContext } from "../context.ts";
import { unknownEndpoint } from "../endpoints/read-endpoints.ts";

export type Series = {
  readonly since: number;
  readonly until: number;
  readonly stepMs: number;
  readonly series: readonly SeriesOf[];
};

export type SeriesRequest = {
  readonly appRef: string | null;
  readonly endpointRefs: readonly string[] | null;
  /** Null is a day before `until`. */
  readonly since: number | null;
  /** Null is now. */
  readonly until: number | null;
  /** Null is the shortest step with which the range has at most 200 points. */
  readonly stepMs: number | null;
  readonly groupBy: "none" | "dialect" | "endpoint";
};

const DAY_MS = 86_400_000;

/** Refuses with `not_found`, and with `invalid_field` a range that has too many points. */
export async function readSeries(context: OperationContext, p: SeriesRequest): Promise<Series> {
  const range = toRange(p, context.now());
  const { appRef, endpointRefs, groupBy } = p;
  const series = await context.store.series.read({ appRef, endpointRefs, groupBy, ...range });
  if (series === null) {
    if (appRef !== null && (await context.store.apps.get({ ref: appRef })) === null) {
      throw unknownApp(appRef);
    }
    throw unknownEndpoint(endpointRefs?.join(", ") ?? "");
  }
  const { since, until, stepMs } = range;
  return { since, until, stepMs, series };
}

/** The range begins and ends with whole steps, in UTC. */
function toRange(p: Pick<SeriesRequest, "since" | "until" | "stepMs">, now: number) {
  const end = p.until ?? now;
  const begin = p.since ?? end - DAY_MS;
  if (begin >= end)
    throw refuseField("invalid_field", ["query", "since"], "must be before `until`");
  const stepMs = p.stepMs ?? toStep(end - begin);
  const since = begin - (begin % stepMs);
  const until = end + ((stepMs - (end % stepMs)) % stepMs);
  const span = SPANS.findLast(({ ms }) => stepMs % ms === 0);
  if (span === undefined) {
    throw refuseField("invalid_field", ["query", "step"], "must be a number of whole minutes");
  }
  if ((until - since) / stepMs > MOST_POINTS + 1) {
    throw refuseField(
      "invalid_field",
      ["query", "step"],
      `must divide the range into at most ${MOST_POINTS} points`,
    );
  }
  return { since, until, stepMs, spanMs: span.ms };
}
