/** An endpoint as the queue needs it. */
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";

export type QueueEndpoint = EndpointMatch & {
  readonly seq: number;
  readonly appSeq: number;
  readonly shard: number;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly skipAfterMs: number;
  /** Time of the open breaker's next probe; null while the breaker is closed. */
  readonly probeAt: number | null;
};

/**
 * Start of the delivery's schedule, which stood still while the endpoint was parked. `parkedMs` of the row is
 * the endpoint's parked time when the delivery was created. Statements that search for overdue deliveries
 * compute the same.
 */
export function scheduleStart(
  row: { readonly baseAt: number; readonly parkedMs: number },
  endpoint: Pick<QueueEndpoint, "parkedMs">,
): number {
  return row.baseAt + endpoint.parkedMs - row.parkedMs;
}

/**
 * The time of the endpoint's row in the queue when its first delivery is due at `dueAt`. Behind an open breaker
 * it is never before the next probe. Null is no row: the endpoint is not enabled, or its breaker is open and a
 * delivery is leased. The end of that lease then adds the row. PostgreSQL's statements compute the same for sets
 * of endpoints, in `postgres/queue/endpoint-queue.ts`.
 */
export function nextDueAt(
  { status, probeAt }: Pick<QueueEndpoint, "status" | "probeAt">,
  p: { readonly dueAt: number; readonly hasLeased: () => boolean },
): number | null {
  if (status !== "enabled") return null;
  if (probeAt === null) return p.dueAt;
  return p.hasLeased() ? null : Math.max(p.dueAt, probeAt);
}
