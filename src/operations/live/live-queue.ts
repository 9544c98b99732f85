/**
 * The items that wait for one client of the live stream. A client that reads too slowly loses them, is notified
 * by one `gap`, and reads its lists again. So a stalled client holds a bounded amount of memory (I5).
 */
import type { LiveNotice } from "../../core/live/notice.ts";

/** Sums of the last second, for clients that see all applications. */
export type OverviewNotice = {
  readonly kind: "overview";
  readonly events: number;
  readonly attempts: number;
  readonly failures: number;
};
/** Notices were lost. */
export type GapNotice = { readonly kind: "gap" };
export type LiveItem = LiveNotice | OverviewNotice | GapNotice;

export type LiveQueue = {
  /** Adds items that may belong to several queues. */
  add(items: readonly LiveItem[]): void;
  /** Returns the items in their order, and forgets them. They are the added ones, if it waited for one `add`. */
  take(): readonly LiveItem[];
  size(): number;
};

export const GAP: GapNotice = { kind: "gap" };

export function createLiveQueue(limit: number): LiveQueue {
  let items: readonly LiveItem[] = [];
  let isGap = false;
  return {
    add(added) {
      // Until the client takes the gap, later changes are read with the lists.
      if (isGap) return;
      isGap = items.length + added.length > limit;
      if (isGap) items = [GAP];
      else items = items.length === 0 ? added : [...items, ...added];
    },
    take() {
      const taken = items;
      items = [];
      isGap = false;
      return taken;
    },
    size: () => items.length,
  };
}
