/** Quotas that keep one endpoint or one application from filling the disk (I5). */

/** Maximum of keys whose use is kept in memory; at the limit all are read again. */
export const COUNTED_LIMIT = 100_000;

/** One more delivery then fails at once, or one more event is refused. */
export function isFull(used: number, limit: number): boolean {
  return used >= limit;
}
