/**
 * The notices of the live stream that gather for one audience: the clients of one application, or those of all. All
 * clients of an audience get the same items, so a change is added once for any number of them. An audience has 500
 * notices a second. Further ones are only counted, and become one `gap` a second while they do not end.
 */
import type { LiveCount, LiveNotice } from "../../core/live/notice.ts";
import { GAP, type LiveItem } from "./live-queue.ts";

export type LiveChannel = {
  /** Whether further notices of this second are only counted. */
  isFull(): boolean;
  add(change: LiveNotice | LiveCount): void;
  /** Adds an item that has no limit. */
  push(item: LiveItem): void;
  /** Begins another second. Returns whether the one before had a change. */
  tick(): boolean;
  /** Returns the items in their order, and forgets them. */
  take(): readonly LiveItem[];
};

/** Notices of one second. */
const MOST_PER_SECOND = 500;

export function createLiveChannel(): LiveChannel {
  let items: LiveItem[] = [];
  /** Changes of this second. */
  let changes = 0;
  let isFull = false;

  function gap(): void {
    items = [...items.filter(({ kind }) => kind === "overview"), GAP];
  }

  return {
    isFull: () => isFull,
    add(change) {
      changes += change.kind === "count" ? change.events + change.attempts : 1;
      if (isFull) return;
      if (change.kind !== "count" && changes <= MOST_PER_SECOND) {
        items.push(change);
        return;
      }
      isFull = true;
      changes = 0;
      gap();
    },
    push(item) {
      if (item.kind === "gap") gap();
      else items.push(item);
    },
    tick() {
      const hadChanges = changes > 0 || isFull;
      if (isFull && changes > 0) gap();
      isFull &&= changes > MOST_PER_SECOND;
      changes = 0;
      return hadChanges;
    },
    take() {
      const taken = items;
      items = [];
      return taken;
    },
  };
}
