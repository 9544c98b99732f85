/** The tables of series: appended rows, and the same rows folded to spans. Absent numbers are null, which takes no room. */
import { SERIES_SUMS } from "../../core/series/series.ts";
import type { NewRow } from "../session.ts";

/** In the order of `core/series/series.ts`. */
export const SUM_COLUMNS: readonly string[] = Array.from(
  { length: SERIES_SUMS },
  (_, place) => `n${place}`,
);
export const SERIES_KEY = "app_seq, endpoint_seq, span, at, dialect";

/** `app_seq` of the series of all applications, and `endpoint_seq` of those of an application. */
export const ALL = 0;
/** Words in place of a dialect: accepted events, and samples of backlogs. */
export const ACCEPTED = "accept";
export const BACKLOG = "backlog";

export type SeriesKey = {
  readonly appSeq: number;
  readonly endpointSeq: number;
  readonly at: number;
  readonly dialect: string;
};

export function toSeriesRow(
  { appSeq, endpointSeq, at, dialect }: SeriesKey,
  counts: readonly number[],
  backlog: { readonly pending: number; readonly parked: number } | null = null,
): NewRow {
  const sums = SUM_COLUMNS.map((name, place) => {
    const count = counts[place] ?? 0;
    return [name, count === 0 ? null : count];
  });
  return {
    appSeq,
    endpointSeq,
    at,
    dialect,
    ...(Object.fromEntries(sums) as Record<string, number | null>),
    pending: backlog?.pending ?? null,
    parked: backlog?.parked ?? null,
  };
}
