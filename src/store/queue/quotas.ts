/** Quotas that keep one endpoint or one application from filling the disk (I5). */

/** Maximum of keys whose use is kept in memory; at the limit all are read again. */
export const COUNTED_LIMIT = 100_000;

/** One more delivery then fails at once, or one more event is refused. */
export function isFull(used: number, limit: number): boolean {
  return used >= limit;
}

/** SQL of the payload bytes of pending deliveries by application. `where` restricts both tables of tallies. */
export function pendingBytesByApp(where = ""): string {
  return `SELECT app_seq, sum(pending_bytes) AS bytes
    FROM (SELECT app_seq, pending_bytes FROM tally ${where}
      UNION ALL SELECT app_seq, pending_bytes FROM tally_total ${where}) AS tallied
    GROUP BY app_seq`;
}
