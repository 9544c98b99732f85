/**
 * The rate limit of an app: messages per second over all its endpoints on this node (`throttleRate`). It is
 * kept by spacing, like an endpoint's rate, and in memory only for apps that have one. Sender threads share the
 * rates. Two that send in the same moment both use a slot, so the rate holds. A burst has one more message per
 * thread at most.
 */
import type { Instant } from "../../core/snapshot.ts";
import { createSharedMemory, openSharedTable } from "./shared-table.ts";
import { toNextSendAt, consumeFrom } from "./adaptive-concurrency.ts";
import type { Rate } from "./adaptive-concurrency.ts";

export type AppRates = {
  /** Returns when the app's next message may be sent; at or before `now` means immediately. */
  nextSendAt(appId: string, rate: number | null): Instant;
  consume(appId: string, rate: number | null, now: Instant): void;
};

/** Beyond this number, apps whose last slot has passed are forgotten. */
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

const SLOTS = 16_384;
/** Instants are kept in microseconds, as whole numbers. */
const UNITS_PER_MS = 1_000;

export const createSharedRates = (): SharedArrayBuffer => createSharedMemory(SLOTS);

export function openSharedRates(memory: SharedArrayBuffer): AppRates {
  const table = openSharedTable(memory, (value, now) => toInstant(value) <= now);
  return {
    nextSendAt(appId, rate) {
      if (rate === null) return 0;
      const nextSlotAt = toInstant(table.read(appId));
      return nextSlotAt === 0 ? 0 : toNextSendAt({ nextSlotAt }, rate);
    },
    consume(appId, rate, now) {
      if (rate === null) return;
      table.change(appId, now, (before) => {
        const kept = { nextSlotAt: toInstant(before) };
        consumeFrom(kept, rate, now);
        return BigInt(Math.round(kept.nextSlotAt * UNITS_PER_MS));
      });
    },
  };
}

function toInstant(value: bigint): Instant {
  return Number(value) / UNITS_PER_MS;
}
