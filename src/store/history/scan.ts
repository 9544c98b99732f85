/**
 * Filtered pages over an index that is in the order of the list. A filter that few rows pass must not
 * hold a connection, so one call reads at most `SCAN_LIMIT` rows, for a tenth of a second. The page then
 * ends early and says where to continue.
 */
import { LIMITS } from "../../core/limits.ts";
import type { PageRequest } from "../page.ts";
import { pageLimit, type PlaceRange, readsUpwards, type Scanned } from "../paging.ts";
import type { Session, Steps } from "../session.ts";

const { value: SCAN_LIMIT } = LIMITS.searchedRows;
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 2_000;
export const SCAN_BUDGET_MS = 100;

export type Scan<Row, Rows> = {
  readonly window: PageRequest;
  /** The part of the list that may be read. */
  readonly range: PlaceRange;
  /** The place of `window.after`, or null for a list from its beginning. */
  readonly cursor: number | null;
  /** Up to `count` rows of the range, from its low end or from its high end. */
  readonly read: (range: PlaceRange, upwards: boolean, count: number) => Rows;
  readonly keep: (row: Row) => boolean;
  /** Rows that are read at once, at most. */
  readonly largestChunk?: number;
  /** An index of each day has the order of the list, so one plan serves every range. */
  readonly isPlannedOnce?: true;
  /** By the clock of the process: the page then ends early. By default `SCAN_BUDGET_MS` from now. */
  readonly endsAt?: number;
};

/** `toPlace` returns the place of a row in the order of its list. */
export function* scan<Row>(
  s: Session,
  p: Scan<Row, Steps<readonly Row[]>>,
  toPlace: (row: Row) => number,
): Steps<Scanned<Row>> {
  const upwards = readsUpwards(p.window);
  let { low, high } = p.range;
  if (p.cursor !== null && upwards) low = Math.max(low, Math.floor(p.cursor) + 1);
  if (p.cursor !== null && !upwards) high = Math.min(high, Math.ceil(p.cursor));
  const { keep, largestChunk, endsAt, isPlannedOnce } = p;
  return yield* scanRows<Row>(s, {
    limit: pageLimit(p.window),
    keep,
    largestChunk,
    endsAt,
    isPlannedOnce,
    read(last, count) {
      if (last !== null && upwards) low = toPlace(last) + 1;
      if (last !== null && !upwards) high = toPlace(last);
      return p.read({ low, high }, upwards, count);
    },
  });
}

/** The same over rows in any order. */
export function* scanRows<Row>(
  s: Session,
  p: {
    readonly limit: number;
    /** Up to `count` rows behind this one, or from the beginning. */
    readonly read: (last: Row | null, count: number) => Steps<readonly Row[]>;
    readonly keep: (row: Row) => boolean;
    readonly largestChunk?: number | undefined;
    readonly isPlannedOnce?: true | undefined;
    readonly endsAt?: number | undefined;
  },
): Steps<Scanned<Row>> {
  yield* p.isPlannedOnce === true ? s.beginLookups() : s.beginScan();
  const rows: Row[] = [];
  const endsAt = p.endsAt ?? performance.now() + SCAN_BUDGET_MS;
  const largest = p.largestChunk ?? LARGEST_CHUNK;
  let count = Math.max(p.limit + 1, FIRST_CHUNK);
  let last: Row | undefined;
  for (let seen = 0; ; count = Math.max(count, Math.min(count * 2, largest))) {
    const chunk: readonly Row[] = yield* p.read(last ?? null, count);
    for (const row of chunk) {
      if (!p.keep(row)) continue;
      if (rows.length === p.limit) return { rows, done: false, stoppedAt: null };
      rows.push(row);
    }
    last = chunk.at(-1);
    if (last === undefined || chunk.length < count) return { rows, done: true, stoppedAt: null };
    seen += chunk.length;
    const isOver = performance.now() >= endsAt;
    if (seen >= SCAN_LIMIT || isOver) return { rows, done: false, stoppedAt: last };
    s.checkDeadline();
  }
}
