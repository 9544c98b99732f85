/** Pages of a list: rows are read one past the limit, in the direction of the window. */
import type { Page, PageRequest } from "./page.ts";

/** Places from `low` on and before `high`. */
export type PlaceRange = { readonly low: number; readonly high: number };

/** What a filtered walk found, in the order of reading, which for a page before another is against the list's. */
export type Scanned<Row> = {
  readonly rows: readonly Row[];
  readonly done: boolean;
  /** The last row looked at when the walk stopped before the page was full. */
  readonly stoppedAt: Row | null;
};

const PAGE_LIMIT = 250;

export function pageLimit(window: PageRequest): number {
  return Math.max(1, Math.min(window.limit, PAGE_LIMIT));
}

/** Whether rows are read upwards: in list order, or against it for the page before. */
export function readsUpwards(window: PageRequest): boolean {
  return window.ascending !== window.backward;
}

/** `rows` in the order they were read, at most one more than the limit. */
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

/** `items` belong to the first rows, in the same order; fewer when the page's bytes ran out. */
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
