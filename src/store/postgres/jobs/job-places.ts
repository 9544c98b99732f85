/** Where the rows of a new job are: events by their positions, deliveries by their row ids. */
import type { NewJob, ReplayParams } from "../../interface/jobs.ts";
import type { PlaceRange } from "../../paging.ts";
import type { JobPlaces } from "../../session.ts";
import { transactionPosition } from "../accept/feed-position.ts";
import { positionsOfTime, rowsOfTime } from "../history/time-position.ts";
import type { Tx } from "../types.ts";

/** Events accepted before the job was created have a position below `before`. */
export type PlacedParams = ReplayParams & { readonly before: number };

/** Rows that exist now and may be in the time of the job; rows that come later are not part of it. */
export async function jobPlaces(
  tx: Tx,
  { appSeq, job }: { appSeq: number; job: NewJob },
): Promise<JobPlaces> {
  const params: PlacedParams = { ...job.params, before: await transactionPosition(tx) };
  if (job.kind === "endpoint.replay") {
    const range = await positionsOfTime(tx, params);
    const [first] = await tx.sql<{ low: number | null }>(
      "SELECT min(position) AS low FROM event WHERE app_seq = $1 AND position >= $2",
      [appSeq, range.low],
    );
    return { ...within(first?.low ?? params.before, Math.min(range.high, params.before)), params };
  }
  const range = rowsOfTime(params);
  const [row] = await tx.sql<{ low: number | null; last: number | null }>(
    `SELECT (SELECT seq FROM delivery WHERE seq >= $1 ORDER BY seq LIMIT 1) AS low,
       (SELECT max(seq) FROM delivery) AS last`,
    [range.low],
  );
  const high = Math.min(range.high, (row?.last ?? 0) + 1);
  return { ...within(row?.low ?? high, high), params };
}

function within(low: number, high: number): PlaceRange {
  return { low: Math.min(low, high), high };
}
