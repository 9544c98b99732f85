/** Pages of a list. One row more than the limit is read, in the direction of the page request. */
import type { Page, PageRequest } from "./page.ts";

/** Positions from `low` inclusive to `high` exclusive. */
export type PlaceRange = { readonly low: number; readonly high: number };

/** Result of a filtered walk, in reading order. A backward page is read against the order of the list. */
export type Scanned<Row> = {
  readonly rows: readonly Row[];
  readonly done: boolean;
  /** Last row examined, when the walk stopped before the page was full. */
  readonly stoppedAt: Row | null;
};

export const PAGE_LIMIT = 250;

export function pageLimit(window: PageRequest): number {
  return Math.max(1, Math.min(window.limit, PAGE_LIMIT));
}

/** True when rows are read in ascending order; a backward page reverses the order. */
export function readsUpwards(window: PageRequest): boolean {
  return window.ascending !== window.backward;
}

/** The order of an SQL query that reads so. */
export function toOrder(upwards: boolean): "ASC" | "DESC" {
  return upwards ? "ASC" : "DESC";
}

/** `rows` in reading order, at most one more than the limit. */
export function toPage<Row, Item>(
  window: PageRequest,
  rows: readonly Row[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const limit = pageLimit(window);
  const items = rows.slice(0, limit).map(toItem);
  if (window.backward) items.reverse();
  return { items, done: rows.length <= limit };
}

/** `items` belong to the first rows, in the same order; fewer when the page reached its size limit. */
export function pageOfScan<Row, Item>(
  window: PageRequest,
  scanned: Scanned<Row>,
  items: readonly Item[],
  toId: (row: Row) => string,
): Page<Item> {
  const short = items.length < scanned.rows.length;
  const ordered = window.backward ? items.toReversed() : items;
  const page = { items: ordered, done: scanned.done && !short };
  if (short || scanned.stoppedAt === null) return page;
  return { ...page, next: toId(scanned.stoppedAt) };
}
