/**
 * Plans one new delivery. It is leased at once when the owner of the endpoint's shard listens and has room.
 * Otherwise it waits behind its ordering key, or is due in the queue, like every delivery behind an open
 * breaker. Beyond the endpoint's quota it is stored as failed: it can be replayed, and it blocks no other.
 */
import { parkedUntil } from "../endpoints/status.ts";
import { STATES } from "../queue/delivery-state.ts";
import type { Lease } from "../queue/lease-room.ts";
import type { AcceptEndpoint, MadeEvent, StoredEvent } from "./accept-state.ts";

export interface DeliveryLookups {
  /** Whether the endpoint's quota of pending deliveries is used up. */
  isFull(endpoint: AcceptEndpoint): boolean;
  /** Whether an earlier delivery of the key is pending, so that a new one has to wait. */
  isBehind(endpoint: AcceptEndpoint, orderingKey: string): boolean;
  /** The lease under which a due delivery may go directly to its lane; null when it must queue. */
  findLease(endpoint: AcceptEndpoint, bytes: number): Lease | null;
}

/** The columns of a delivery. */
export type DeliveryRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly part: number;
  readonly state: typeof STATES.pending | typeof STATES.failed;
  readonly reason: "backlog_full" | null;
  readonly acceptedAt: number;
  readonly baseAt: number;
  /** Null for a delivery that failed, or waits behind its ordering key. */
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
  readonly parkedMs: number;
  readonly orderingKey: string | null;
  readonly skipAt: number | null;
  readonly fence: number | null;
  readonly slot: number;
  readonly attempts: number;
  readonly manual: boolean;
  readonly bytes: number;
};

export type PlannedDelivery = {
  readonly row: DeliveryRow;
  readonly lease: Lease | null;
  /** Its share of the tallies of its app. */
  readonly tally: {
    readonly created: number;
    readonly failed?: number;
    readonly pendingBytes?: number;
  };
};

const FAILED = { created: 1, failed: 1 } as const;

/** `seq` is the number of the delivery. Calls each lookup at most once, in the order of the deliveries. */
export function planDelivery(
  lookups: DeliveryLookups,
  { row, context, bytes }: MadeEvent | StoredEvent,
  endpoint: AcceptEndpoint,
  webhookIndex: number,
  seq: number,
): PlannedDelivery {
  const { acceptedAt } = row;
  const baseAt = Math.max(acceptedAt, row.deliverAt ?? acceptedAt);
  const isFull = lookups.isFull(endpoint);
  const orderingKey = isFull ? null : row.orderingKey;
  const waits = orderingKey !== null && lookups.isBehind(endpoint, orderingKey);
  const isUrgent = context.mayLease && !isFull && !waits && baseAt <= acceptedAt;
  const lease = isUrgent ? lookups.findLease(endpoint, bytes) : null;
  return {
    row: {
      seq,
      eventSeq: row.seq,
      endpointSeq: endpoint.seq,
      part: webhookIndex,
      state: isFull ? STATES.failed : STATES.pending,
      reason: isFull ? "backlog_full" : null,
      acceptedAt,
      baseAt,
      dueAt: isFull || waits ? null : baseAt,
      finishedAt: isFull ? acceptedAt : null,
      parkedMs: parkedUntil(endpoint, acceptedAt),
      orderingKey,
      skipAt: orderingKey === null ? null : baseAt + endpoint.skipAfterMs,
      fence: lease === null ? null : lease.fence,
      slot: 1,
      attempts: 0,
      manual: false,
      bytes,
    },
    lease,
    tally: isFull ? FAILED : { created: 1, pendingBytes: bytes },
  };
}
