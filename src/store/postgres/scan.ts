/**
 * Filtered pages over an index that is in the order of the list. A filter that few rows pass must not hold a
 * connection, so one call reads at most `SCAN_LIMIT` rows. The page then ends early and says where to
 * continue.
 */
import { pageLimit, type PlaceRange, readsUpwards, type Scanned } from "../paging.ts";
import type { PageRequest } from "../page.ts";
import { planByValues } from "./plan-by-values.ts";
import type { Reader } from "./types.ts";

const SCAN_LIMIT = 10_000;
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 2_000;

export type Scan<Row> = {
  readonly window: PageRequest;
  /** The range in which the list may be read. */
  readonly range: PlaceRange;
  /** The place of `window.after`; null for a list from its beginning. */
  readonly cursor: number | null;
  /** Reads up to `count` rows of the range, from its low end or from its high end. */
  readonly read: (range: PlaceRange, upwards: boolean, count: number) => Promise<readonly Row[]>;
  readonly keep: (row: Row) => boolean;
};

/** `place` is the row's place in the order of its list. */
export async function scan<Row extends { readonly place: number }>(
  reader: Reader,
  p: Scan<Row>,
): Promise<Scanned<Row>> {
  const limit = pageLimit(p.window);
  const upwards = readsUpwards(p.window);
  let { low, high } = p.range;
  if (p.cursor !== null && upwards) low = Math.max(low, Math.floor(p.cursor) + 1);
  if (p.cursor !== null && !upwards) high = Math.min(high, Math.ceil(p.cursor));

  await planByValues(reader);
  const rows: Row[] = [];
  let count = Math.max(limit + 1, FIRST_CHUNK);
  for (let seen = 0; ; count = Math.min(count * 2, LARGEST_CHUNK)) {
    const chunk = await p.read({ low, high }, upwards, count);
    for (const row of chunk) {
      if (!p.keep(row)) continue;
      if (rows.length === limit) return { rows, done: false, stoppedAt: null };
      rows.push(row);
    }
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < count) return { rows, done: true, stoppedAt: null };
    if (upwards) low = last.place + 1;
    else high = last.place;
    seen += chunk.length;
    if (seen >= SCAN_LIMIT) return { rows, done: false, stoppedAt: last };
    reader.checkDeadline();
  }
}
