/**
 * The bytes of receivers' answers, with their headers, that an application may store in a UTC day (I5): its
 * receivers choose their answers, and each attempt stores one. A node counts in memory, so an attempt costs no statement, and after a
 * restart the day begins again. With several nodes each of them has the limit.
 */
import { LIMITS } from "../../core/limits.ts";
import { limitRefusal } from "../../core/limits/limit.ts";
import type { Instant } from "../../core/snapshot.ts";

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

export function createStoredAnswerBytes(serverLimit: number): StoredAnswerBytes {
  const used = new Map<string, number>();
  let day = 0;

  function startDay(now: Instant): void {
    const today = Math.floor(now / DAY_MS);
    if (today !== day || used.size >= APP_LIMIT) used.clear();
    day = today;
  }

  return {
    count(answer, { detail, appId, ownLimit, now }) {
      if (answer === "" && detail === null) return answer;
      startDay(now);
      const limit = ownLimit ?? serverLimit;
      const added = Buffer.byteLength(answer) + (detail === null ? 0 : Buffer.byteLength(detail));
      const bytes = (used.get(appId) ?? 0) + added;
      if (bytes > limit) return limitRefusal(LIMITS.storedAnswerBytes, limit);
      used.set(appId, bytes);
      return answer;
    },
    used(appId, now) {
      startDay(now);
      return used.get(appId) ?? 0;
    },
  };
}
