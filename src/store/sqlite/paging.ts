/** Pages of a list: rows are read one past the limit, in the direction of the window. */
import type { Page, Window } from "../store.ts";

const PAGE_LIMIT = 250;

export function pageLimit(window: Window): number {
  return Math.max(1, Math.min(window.limit, PAGE_LIMIT));
}

/** Whether rows are read upwards: in list order, or against it for the page before. */
export function readsUpwards(window: Window): boolean {
  return window.ascending !== window.backward;
}

/** `rows` in the order they were read, at most one more than the limit. */
export function pageOf<Row, Item>(
  window: Window,
  rows: readonly Row[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const limit = pageLimit(window);
  const items = rows.slice(0, limit).map(toItem);
  if (window.backward) items.reverse();
  return { items, done: rows.length <= limit };
}
