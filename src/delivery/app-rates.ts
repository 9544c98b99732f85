/**
 * The rate of an app: messages per second over all its endpoints of this node (`throttleRate`). Kept
 * by spacing, like an endpoint's own, and in memory only for apps that have one.
 */
import type { Instant } from "../core/snapshot.ts";
import { toNextSendAt, consumeFrom } from "./adaptive-concurrency.ts";
import type { Rate } from "./adaptive-concurrency.ts";

export type AppRates = {
  /** When the app may be sent for next: at or before `now` means at once. */
  nextSendAt(appId: string, rate: number | null): Instant;
  consume(appId: string, rate: number | null, now: Instant): void;
};

/** Beyond it, those whose last place is long past are forgotten. */
const KEPT_LIMIT = 10_000;

export function createAppRates(): AppRates {
  const rates = new Map<string, Rate>();

  function forgetIdle(now: Instant): void {
    for (const [appId, { nextSlotAt }] of rates) if (nextSlotAt <= now) rates.delete(appId);
  }

  return {
    nextSendAt(appId, rate) {
      const kept = rate === null ? undefined : rates.get(appId);
      return kept === undefined ? 0 : toNextSendAt(kept, rate as number);
    },
    consume(appId, rate, now) {
      if (rate === null) return;
      let kept = rates.get(appId);
      if (kept === undefined) {
        if (rates.size >= KEPT_LIMIT) forgetIdle(now);
        kept = { nextSlotAt: 0 };
        rates.set(appId, kept);
      }
      consumeFrom(kept, rate, now);
    },
  };
}
