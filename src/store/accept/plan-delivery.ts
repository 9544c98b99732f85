/**
 * Plans one new delivery. It is leased at once when the owner of the endpoint's shard listens and has room.
 * Otherwise it waits behind its ordering key, or is due in the queue, like every delivery behind an open
 * breaker. Beyond the endpoint's quota it is stored as failed: it can be replayed, and it blocks no other.
 */
import { parkedUntil } from "../endpoints/status.ts";
import { STATES } from "../queue/delivery-state.ts";
import type { AcceptEndpoint, MadeEvent } from "./accept-state.ts";

/** The owner of a shard in this process, and the fence under which it leases. */
export type Lease = { readonly owner: string; readonly fence: number };

export interface DeliveryLookups {
  /** Whether the endpoint's quota of pending deliveries is used up. */
  isFull(endpoint: AcceptEndpoint): boolean;
  /** Whether an earlier delivery of the key is pending, so that a new one has to wait. */
  isBehind(endpoint: AcceptEndpoint, orderingKey: string): boolean;
  /** The lease under which a due delivery may go directly to its lane; null when it must queue. */
  findLease(endpoint: AcceptEndpoint, bytes: number): Lease | null;
}

/** The columns of a new delivery that its row does not have in common with every other. */
export type DeliveryPlanned = {
  readonly state: typeof STATES.pending | typeof STATES.failed;
  readonly reason: "backlog_full" | null;
  readonly baseAt: number;
  /** Null for a delivery that failed, or waits behind its ordering key. */
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
  readonly parkedMs: number;
  readonly orderingKey: string | null;
  readonly skipAt: number | null;
  readonly lease: Lease | null;
  /** Its share of the tallies of its app. */
  readonly tally: {
    readonly created: number;
    readonly failed?: number;
    readonly pendingBytes?: number;
  };
};

/** A new delivery, as its lane gets it with the commit. */
export const FIRST_ATTEMPT = { slot: 1, attempts: 0, trigger: "scheduled" } as const;

const FAILED = { created: 1, failed: 1 } as const;

/** Calls each lookup at most once, in the order of the deliveries. */
export function planDelivery(
  lookups: DeliveryLookups,
  { row, context, bytes }: MadeEvent,
  endpoint: AcceptEndpoint,
): DeliveryPlanned {
  const { acceptedAt, orderingKey } = row;
  const baseAt = Math.max(acceptedAt, row.deliverAt ?? acceptedAt);
  const parkedMs = parkedUntil(endpoint, acceptedAt);
  if (lookups.isFull(endpoint)) {
    return {
      state: STATES.failed,
      reason: "backlog_full",
      baseAt,
      dueAt: null,
      finishedAt: acceptedAt,
      parkedMs,
      orderingKey: null,
      skipAt: null,
      lease: null,
      tally: FAILED,
    };
  }
  const waits = orderingKey !== null && lookups.isBehind(endpoint, orderingKey);
  const isLeasable = context.mayLease && !waits && baseAt <= acceptedAt;
  return {
    state: STATES.pending,
    reason: null,
    baseAt,
    dueAt: waits ? null : baseAt,
    finishedAt: null,
    parkedMs,
    orderingKey,
    skipAt: orderingKey === null ? null : baseAt + endpoint.skipAfterMs,
    lease: isLeasable ? lookups.findLease(endpoint, bytes) : null,
    tally: { created: 1, pendingBytes: bytes },
  };
}
