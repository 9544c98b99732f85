/**
 * Deliveries that a node accepts for the shards of another node. Those that may be sent at once are forwarded
 * to the owner, and the others are due in the queue. The owner leases those for which it has room, as accept
 * does for its shards.
 */
import type { EndpointMatch } from "../../core/events/endpoint-match.ts";
import type { DeliveryRow } from "../accept/plan-delivery.ts";
import type { DueDelivery } from "./due.ts";
import type { Lease } from "./lease-room.ts";
import type { RoutedEndpoint } from "./routed-endpoint.ts";

export type Forwarded = DueDelivery & {
  readonly shard: number;
  readonly eventSeq: number;
  readonly bytes: number;
};

/** A new delivery, with its lease on this node. */
type Planned = {
  readonly row: DeliveryRow;
  readonly lease: Lease | null;
  readonly endpoint: Pick<EndpointMatch, "status"> & { readonly shard: number };
};

/** `isHere` says whether an owner in this process holds a shard. */
export function routeDue(
  planned: readonly Planned[],
  isHere: (shard: number) => boolean,
): { readonly forwarded: readonly Forwarded[]; readonly dues: readonly Forwarded[] } {
  const forwarded: Forwarded[] = [];
  const dues: Forwarded[] = [];
  for (const { row, lease, endpoint } of planned) {
    const { seq, eventSeq, endpointSeq, dueAt, bytes } = row;
    if (lease !== null || dueAt === null || endpoint.status !== "enabled") continue;
    const { shard } = endpoint;
    const isForwarded = dueAt <= row.acceptedAt && !isHere(shard);
    (isForwarded ? forwarded : dues).push({ shard, seq, eventSeq, endpointSeq, dueAt, bytes });
  }
  return { forwarded, dues };
}

/**
 * Divides forwarded deliveries into those that their owner leases and those that go to the queue. Deliveries of
 * an endpoint that is not enabled are skipped: enabling it finds all that wait.
 */
export function divideForwarded(
  rows: readonly Forwarded[],
  p: {
    readonly owner: string;
    readonly endpoints: ReadonlyMap<number, RoutedEndpoint>;
    readonly findLease: (endpoint: RoutedEndpoint, bytes: number) => Lease | null;
  },
): { readonly leased: readonly Forwarded[]; readonly dues: readonly Forwarded[] } {
  const leased: Forwarded[] = [];
  const dues: Forwarded[] = [];
  for (const row of rows) {
    const endpoint = p.endpoints.get(row.endpointSeq);
    if (endpoint?.status !== "enabled") continue;
    const lease = endpoint.owner === p.owner ? p.findLease(endpoint, row.bytes) : null;
    // When the fences differ, the one in the database is newer.
    (lease !== null && lease.fence === endpoint.fence ? leased : dues).push(row);
  }
  return { leased, dues };
}
