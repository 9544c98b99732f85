/** Counts of an endpoint's attempts by outcome. */
import type { AttemptCounts } from "../../interface/endpoints.ts";
import { findApp } from "../tenancy/apps.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import { rangeOfTime } from "./time-position.ts";
import type { Reader } from "../thread/writer-types.ts";

const CHUNK = 20_000;

/** Attempts from `since` inclusive to `until` exclusive, counted in chunks under the reader's deadline. */
export function endpointAttempts(
  reader: Reader,
  p: { appRef: string; ref: string; since: number | null; until: number | null },
): AttemptCounts | null {
  const app = findApp(reader, p.appRef);
  const endpoint = app === null ? null : findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  const range = rangeOfTime(reader, "attempt", p);
  const total = { success: 0, fail: 0 };
  let { low } = range;
  for (;;) {
    const chunk = reader
      .sql(
        `SELECT max(seq) AS last, count(*) AS rows,
           coalesce(sum(counts AND succeeded), 0) AS success,
           coalesce(sum(counts AND NOT succeeded), 0) AS fail
         FROM (SELECT seq, succeeded, at >= ?1 AND at < ?2 AS counts
           FROM attempt WHERE endpointSeq = ?3 AND seq >= ?4 AND seq < ?5
           ORDER BY seq LIMIT ${CHUNK})`,
      )
      .get(
        p.since ?? 0,
        p.until ?? Number.MAX_SAFE_INTEGER,
        endpoint.seq,
        low,
        range.high,
      ) as AttemptCounts & { last: number | null; rows: number };
    total.success += chunk.success;
    total.fail += chunk.fail;
    if (chunk.last === null || chunk.rows < CHUNK) return total;
    low = chunk.last + 1;
    reader.checkDeadline();
  }
}
