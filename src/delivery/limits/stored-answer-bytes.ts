/**
 * The bytes of receivers' answers, with their headers, that an application may store in a UTC day (I5): its
 * receivers choose their answers, and each attempt stores one. A node counts in memory, so an attempt costs no statement, and after a
 * restart the day begins again. With several nodes each of them has the limit. The sender threads of a node
 * share one count.
 */
import { LIMITS } from "../../core/limits.ts";
import { limitRefusal } from "../../core/limits/limit.ts";
import type { Instant } from "../../core/snapshot.ts";
import { createSharedMemory, openSharedTable } from "./shared-table.ts";

export type StoredAnswerBytes = {
  /**
   * Returns the answer, or a sentence instead of an answer beyond the limit; then its detail is not stored
   * either. `ownLimit` null takes the server's number.
   */
  count(
    answer: string,
    p: { detail: string | null; appId: string; ownLimit: number | null; now: Instant },
  ): string;
  /** The bytes of the day. */
  used(appId: string, now: Instant): number;
};

const DAY_MS = 86_400_000;
/** Applications that are counted; at this number the count begins again. */
const APP_LIMIT = 100_000;

/** Counts the bytes of applications, by day. */
type DayBytes = {
  /** Adds the bytes, unless the sum would be above the limit: then it adds nothing and returns false. */
  add(p: { appId: string; bytes: number; limit: number; now: Instant }): boolean;
  used(appId: string, now: Instant): number;
};

export function createStoredAnswerBytes(
  serverLimit: number,
  dayBytes: DayBytes = createDayBytes(),
): StoredAnswerBytes {
  return {
    count(answer, { detail, appId, ownLimit, now }) {
      if (answer === "" && detail === null) return answer;
      const limit = ownLimit ?? serverLimit;
      const bytes = Buffer.byteLength(answer) + (detail === null ? 0 : Buffer.byteLength(detail));
      if (dayBytes.add({ appId, bytes, limit, now })) return answer;
      return limitRefusal(LIMITS.storedAnswerBytes, limit);
    },
    used: dayBytes.used,
  };
}

function createDayBytes(): DayBytes {
  const used = new Map<string, number>();
  let day = 0;

  function startDay(now: Instant): void {
    const today = toDay(now);
    if (today !== day || used.size >= APP_LIMIT) used.clear();
    day = today;
  }

  return {
    add({ appId, bytes, limit, now }) {
      startDay(now);
      const sum = (used.get(appId) ?? 0) + bytes;
      if (sum > limit) return false;
      used.set(appId, sum);
      return true;
    },
    used(appId, now) {
      startDay(now);
      return used.get(appId) ?? 0;
    },
  };
}

const SLOTS = 131_072;
/** Above every limit; the day stands in the bits above. */
const DAY_BITS = 43n;
const BYTES_MASK = (1n << DAY_BITS) - 1n;

export const createSharedDayBytes = (): SharedArrayBuffer => createSharedMemory(SLOTS);

/** The bytes of all sender threads together. */
export function openSharedDayBytes(memory: SharedArrayBuffer): DayBytes {
  const isOver = (value: bigint, now: Instant): boolean => value >> DAY_BITS !== BigInt(toDay(now));
  const table = openSharedTable(memory, isOver);
  const toBytes = (value: bigint, now: Instant): number =>
    isOver(value, now) ? 0 : Number(value & BYTES_MASK);
  return {
    add({ appId, bytes, limit, now }) {
      let isAdded = false;
      table.change(appId, now, (before) => {
        const sum = toBytes(before, now) + bytes;
        isAdded = sum <= limit;
        return isAdded ? (BigInt(toDay(now)) << DAY_BITS) | BigInt(sum) : null;
      });
      return isAdded;
    },
    used: (appId, now) => toBytes(table.read(appId), now),
  };
}

function toDay(now: Instant): number {
  return Math.floor(now / DAY_MS);
}
