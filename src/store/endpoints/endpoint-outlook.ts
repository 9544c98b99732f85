import type { EndpointOutlook } from "../interface/endpoints.ts";

/** The row of both stores. The instants of the breaker are null while it is closed. */
export type OutlookRow = {
  readonly status: string;
  readonly dueAt: number | null;
  readonly breaker: string | null;
  readonly breakerChangedAt: number | null;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
};

export function toOutlook(row: OutlookRow): EndpointOutlook {
  const { status, dueAt, breaker, breakerChangedAt, probeAt, pausedUntil } = row;
  const isOpen = breaker === "open" && breakerChangedAt !== null && probeAt !== null;
  const isWaiting = status === "enabled" && dueAt !== null;
  return {
    nextAttemptAt: isWaiting ? Math.max(dueAt, probeAt ?? 0, pausedUntil ?? 0) : null,
    breaker: isOpen ? { openedAt: breakerChangedAt, probeAt } : null,
  };
}
