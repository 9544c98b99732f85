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
  add(item: LiveItem): void;
  /** Returns the items in their order, and forgets them. */
  take(): readonly LiveItem[];
  size(): number;
};

const GAP: GapNotice = { kind: "gap" };

export function createLiveQueue(limit: number): LiveQueue {
  let items: LiveItem[] = [];
  let isGap = false;
  return {
    add(item) {
      // Until the client takes the gap, later changes are read with the lists.
      if (isGap) return;
      if (item.kind === "gap" || items.length >= limit) {
        items = [GAP];
        isGap = true;
      } else items.push(item);
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
