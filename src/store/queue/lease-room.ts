/**
 * How many deliveries a node may lease: for one endpoint, for one application, and in all. Accept, the owner
 * that takes forwarded deliveries, and claims ask here. An application gets a fair share of the leases and of
 * their bytes, so that slow receivers of one leave room for every other (I4).
 */
import { countShare, mayTake } from "../../core/delivery/fair-share.ts";
import type { LeasedCounts, LeasedView } from "./leased-counts.ts";
import type { QueueEndpoint } from "./queue-endpoint.ts";

/** The owner of a shard in this process, and the fence under which it leases. */
export type Lease = { readonly owner: string; readonly fence: number };

export type LeaseRoom = {
  /** Maximum number of leased deliveries of one endpoint. */
  readonly endpoint: number;
  /** Maximum number of all leased deliveries, and of the bytes of their payloads. */
  readonly all: number;
  readonly bytes: number;
};

export const DEFAULT_LEASE_ROOM: LeaseRoom = {
  endpoint: 1024,
  all: 2048,
  bytes: 64 * 1024 * 1024,
};

export type LeaseLookups = {
  /** The owner of the shard when it is in this process, takes such deliveries and has a valid lease. */
  findHolder(shard: number): Lease | null;
  isBreakerOpen(endpointSeq: number): boolean;
  /** The leases of this node, with those of this transaction. */
  readonly leased: LeasedView;
  readonly room: LeaseRoom;
};

type Leasable = Pick<QueueEndpoint, "seq" | "appSeq" | "shard">;

/** Large payloads wait in the queue instead of in memory, except for a few. */
const LARGE_PAYLOAD_BYTES = 16 * 1024;
const LARGE_ROOM = 32;

/**
 * The lease under which a delivery that is due now goes straight to its lane. Null when it must wait in the
 * queue. `bytes` are those of the payload.
 */
export function findLease(
  { findHolder, isBreakerOpen, leased, room }: LeaseLookups,
  endpoint: Leasable & Pick<QueueEndpoint, "status">,
  bytes: number,
): Lease | null {
  if (endpoint.status !== "enabled") return null;
  const holder = findHolder(endpoint.shard);
  if (holder === null || isBreakerOpen(endpoint.seq)) return null;
  const held = leased.ofEndpoint(endpoint.seq, holder.fence);
  if (bytes > LARGE_PAYLOAD_BYTES && held >= LARGE_ROOM) return null;
  return held < room.endpoint && hasShare(leased, room, endpoint.appSeq) ? holder : null;
}

/** Whether the application may have another lease. */
export function hasShare(leased: LeasedView, room: LeaseRoom, appSeq: number): boolean {
  const app = leased.ofApp(appSeq);
  const all = leased.all();
  return (
    mayTake({ held: app.count, taken: all.count, limit: room.all }) &&
    mayTake({ held: app.bytes, taken: all.bytes, limit: room.bytes })
  );
}

/** Returns how many of `wanted` deliveries a claim may search for: at most the application's share. */
export function countClaimable(
  leased: LeasedView,
  room: LeaseRoom,
  p: { readonly appSeq: number; readonly wanted: number },
): number {
  const { count: held } = leased.ofApp(p.appSeq);
  return countShare({ held, taken: leased.all().count, limit: room.all }, p.wanted);
}

/** Applications that may have no further lease. Their endpoints stay in the queue until some have ended. */
export function listWithoutShare(leased: LeasedCounts, room: LeaseRoom): readonly number[] {
  return [...leased.apps()].filter((appSeq) => !hasShare(leased, room, appSeq));
}

/** Adds the leases of a transaction that is still open to those of the node. */
export function addViews(node: LeasedView, open: LeasedView): LeasedView {
  return {
    ofEndpoint: (seq, fence) => node.ofEndpoint(seq, fence) + open.ofEndpoint(seq, fence),
    ofApp: (appSeq) => sum(node.ofApp(appSeq), open.ofApp(appSeq)),
    all: () => sum(node.all(), open.all()),
  };
}

function sum(
  a: { readonly count: number; readonly bytes: number },
  b: { readonly count: number; readonly bytes: number },
) {
  return { count: a.count + b.count, bytes: a.bytes + b.bytes };
}
