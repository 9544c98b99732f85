/** Counts of an endpoint's attempts by outcome. */
import type { AttemptCounts } from "../endpoints.ts";
import { findApp } from "./apps.ts";
import { findEndpoint } from "./endpoint-rows.ts";
import { planByValues } from "./plan-by-values.ts";
import { firstRowId } from "./row-ids.ts";
import { rowsOfTime } from "./time-position.ts";
import type { Reader } from "./types.ts";

const CHUNK = 20_000;

type Counted = AttemptCounts & { readonly last: number | null; readonly rows: number };

/**
 * Attempts made since `since` and before `until`, without those whose event is past its retention.
 * Counted in chunks under the reader's deadline.
 */
export async function endpointAttempts(
  reader: Reader,
  p: { appRef: string; ref: string; since: number | null; until: number | null },
): Promise<AttemptCounts | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  const horizon = reader.node.horizon();
  const since = Math.max(p.since ?? 0, horizon);
  const range = rowsOfTime({ since, until: p.until });
  const total = { success: 0, fail: 0 };
  let { low } = range;
  await planByValues(reader);
  for (;;) {
    const [chunk] = await reader.sql<Counted>(
      `SELECT max(seq) AS last, count(*) AS rows,
         count(*) FILTER (WHERE counts AND succeeded) AS success,
         count(*) FILTER (WHERE counts AND NOT succeeded) AS fail
       FROM (SELECT seq, succeeded, at >= $1 AND at < $2 AND event_seq >= $3 AS counts
         FROM attempt WHERE endpoint_seq = $4 AND seq >= $5 AND seq < $6
         ORDER BY seq LIMIT ${CHUNK}) AS chunk`,
      [
        since,
        p.until ?? Number.MAX_SAFE_INTEGER,
        firstRowId(horizon),
        endpoint.seq,
        low,
        range.high,
      ],
    );
    const { last, rows, success, fail } = chunk as Counted;
    total.success += success;
    total.fail += fail;
    if (last === null || rows < CHUNK) return total;
    low = last + 1;
    reader.checkDeadline();
  }
}
