/** The sums of a second, for clients that see all applications. */
import type { LiveCount, LiveNotice } from "../../core/live/notice.ts";
import type { OverviewNotice } from "./live-queue.ts";

export type LiveSums = {
  add(change: LiveNotice | LiveCount): void;
  /** Returns the sums, and begins with zero again. Null when nothing was added. */
  take(): OverviewNotice | null;
};

const ZERO: OverviewNotice = { kind: "overview", events: 0, attempts: 0, failures: 0 };

export function createLiveSums(): LiveSums {
  let sums = { ...ZERO };
  return {
    add(change) {
      if (change.kind === "count") {
        sums.events += change.events;
        sums.attempts += change.attempts;
        sums.failures += change.failures;
      } else if (change.kind === "event") sums.events += 1;
      else if (change.kind === "attempt") {
        sums.attempts += 1;
        if (!change.succeeded) sums.failures += 1;
      }
    },
    take() {
      if (sums.events + sums.attempts === 0) return null;
      const taken = sums;
      sums = { ...ZERO };
      return taken;
    },
  };
}
