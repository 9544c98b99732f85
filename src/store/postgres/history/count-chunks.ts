/** Counts of an endpoint's rows in a range of time, chunk by chunk under the reader's deadline. */
import { planByValues } from "../server/plan-by-values.ts";
import { firstRowId } from "../accept/row-ids.ts";
import { rowsOfTime } from "./time-position.ts";
import type { Reader } from "../types.ts";

const CHUNK_ROWS = 20_000;

/** The rows that one statement reads: at most `limit`, with an id from `low` to below `high`. */
export type Chunk = {
  readonly low: number;
  readonly high: number;
  readonly limit: number;
  /** A row counts when it was created from `since` to before `until`, for an event of `leastEvent` or later. */
  readonly since: number;
  readonly until: number;
  readonly leastEvent: number;
};

/** `last` is the greatest id that was read; `rows` includes those that do not count. */
export type ChunkCounts<Name extends string> = Readonly<Record<Name, number>> & {
  readonly last: number | null;
  readonly rows: number;
};

/**
 * Adds up `count` over all rows created since `since` and before `until`. Rows whose event is past its
 * retention are left out. The endpoint's index returns the range, at about a microsecond per row.
 */
export async function countInChunks<Name extends string>(
  reader: Reader,
  p: {
    readonly since: number | null;
    readonly until: number | null;
    readonly names: readonly Name[];
  },
  count: (chunk: Chunk) => Promise<ChunkCounts<Name>>,
): Promise<Record<Name, number>> {
  const horizon = reader.node.horizon();
  const since = Math.max(p.since ?? 0, horizon);
  const until = p.until ?? Number.MAX_SAFE_INTEGER;
  const total = Object.fromEntries(p.names.map((name) => [name, 0])) as Record<Name, number>;
  const leastEvent = firstRowId(horizon);
  const { low: first, high } = rowsOfTime({ since, until: p.until });
  let low = first;
  await planByValues(reader);
  for (;;) {
    const chunk = await count({ low, high, limit: CHUNK_ROWS, since, until, leastEvent });
    for (const name of p.names) total[name] += chunk[name];
    if (chunk.last === null || chunk.rows < CHUNK_ROWS) return total;
    low = chunk.last + 1;
    reader.checkDeadline();
  }
}
