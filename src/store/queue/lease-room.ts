/**
 * The rule by which a delivery that is due now goes straight to its lane instead of into the queue. Both the
 * accepting node and the owner that takes a forwarded delivery ask here.
 */
import type { QueueEndpoint } from "./queue-endpoint.ts";

/** The owner of a shard in this process, and the fence under which it leases. */
export type Lease = { readonly owner: string; readonly fence: number };

export type LeaseLookups = {
  /** The owner of the shard when it is in this process, takes such deliveries and has a valid lease. */
  findHolder(shard: number): Lease | null;
  isBreakerOpen(endpointSeq: number): boolean;
  /** Deliveries of the endpoint that are leased under the fence, with those of this transaction. */
  countLeased(endpointSeq: number, fence: number): number;
  /** Maximum number of leased deliveries of one endpoint. */
  readonly room: number;
};

/** Large payloads wait in the queue instead of in memory, except for a few. */
const LARGE_PAYLOAD_BYTES = 16 * 1024;
const LARGE_ROOM = 32;

/** Null when the delivery must wait in the queue. `bytes` are those of the payload. */
export function findLease(
  lookups: LeaseLookups,
  endpoint: Pick<QueueEndpoint, "seq" | "appSeq" | "shard" | "status">,
  bytes: number,
): Lease | null {
  if (endpoint.status !== "enabled") return null;
  const holder = lookups.findHolder(endpoint.shard);
  if (holder === null || lookups.isBreakerOpen(endpoint.seq)) return null;
  const room = bytes > LARGE_PAYLOAD_BYTES ? Math.min(LARGE_ROOM, lookups.room) : lookups.room;
  return lookups.countLeased(endpoint.seq, holder.fence) < room ? holder : null;
}
