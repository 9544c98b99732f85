/** Retention: which events are expired, in which order their rows go, and the end of their deliveries. */

/** Events that were accepted before this instant are expired. */
export function expiryHorizon(p: { readonly now: number; readonly retentionMs: number }): number {
  return p.now - p.retentionMs;
}

/** The end of a pending delivery whose event is expired. It is counted as failed (I12). */
export const EXPIRED = { state: "failed", reason: "expired" } as const;

/** An event is deleted last, after all rows that belong to it. */
export const PURGE_ORDER = ["attempt", "delivery", "message", "attachment", "event"] as const;
