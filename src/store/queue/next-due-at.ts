/**
 * The time of an endpoint's row in the queue, level one: one row per endpoint that has work with a due time and
 * no lease. It is never later than the earliest such delivery. It may be earlier; a claim that finds nothing
 * then corrects it. Endpoints that are not enabled have no row, except one that was added while they were
 * paused. Behind an open breaker the time is never before the next probe. While a delivery of such an endpoint
 * is leased (the probe, or an earlier attempt), there is no row. The end of that lease adds the row again.
 */
import type { QueueEndpoint } from "./queue-endpoint.ts";

/** `dueAt` is the due time of the endpoint's first delivery. Null is no row. */
export function nextDueAt(
  { status, probeAt }: Pick<QueueEndpoint, "status" | "probeAt">,
  p: { readonly dueAt: number; readonly hasLeased: () => boolean },
): number | null {
  if (status !== "enabled") return null;
  if (probeAt === null) return p.dueAt;
  return p.hasLeased() ? null : Math.max(p.dueAt, probeAt);
}

/**
 * The same in SQL, for statements about sets of endpoints. The names are SQL expressions, and `later` is the
 * function that returns the greater of two numbers. Each may hold a query, so each is named once: a database
 * prepares every copy.
 */
export function nextDueAtSql(p: {
  readonly status: string;
  readonly probeAt: string;
  readonly dueAt: string;
  readonly hasLeased: string;
  readonly later: "greatest" | "max";
}): string {
  return `CASE WHEN ${p.status} <> 'enabled' THEN NULL
    WHEN ${p.probeAt} IS NOT NULL AND ${p.hasLeased} THEN NULL
    ELSE ${p.later}(${p.dueAt}, coalesce(${p.probeAt}, 0)) END`;
}

/**
 * The due time that counts when a delivery due at `addedAt` is added: deliveries that have waited longer behind
 * an open breaker may have had no row.
 */
export function countsFirstDue({ probeAt }: Pick<QueueEndpoint, "probeAt">): boolean {
  return probeAt !== null;
}

/** The same in SQL; `first` is the due time of the endpoint's first delivery. */
export function addedDueAtSql(p: {
  readonly probeAt: string;
  readonly addedAt: string;
  readonly first: string;
}): string {
  return `CASE WHEN ${p.probeAt} IS NULL THEN ${p.addedAt} ELSE ${p.first} END`;
}
