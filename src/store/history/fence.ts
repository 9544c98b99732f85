import type { Steps } from "../session.ts";
import type { HistorySession } from "./session.ts";

/** A delivery with this fence is leased; null when no owner of the shard may send. */
export function* findFence(s: HistorySession, shard: number): Steps<number | null> {
  const held = yield* s.one<{ fence: number }>(
    `SELECT fence FROM ${s.heldShards} AS held WHERE shard = ?2`,
    [s.leaseClock, shard],
  );
  return held?.fence ?? null;
}
