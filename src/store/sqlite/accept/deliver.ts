/**
 * Creates one delivery. It is leased at once when the owner of the endpoint's shard listens and has room.
 * Otherwise it is due in the queue, like every delivery behind an open breaker, or waits behind its ordering
 * key.
 */
import type { DeliveryPlan, NewEvent } from "../../../core/decide-types.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import type { DeliveryWire } from "../thread/leased-wire.ts";
import { hasPredecessor } from "../queue/ordering.ts";
import { parkedUntil, type CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

/** A delivery without its event's position, which the caller knows. */
type LeasedParts = DeliveryWire extends readonly [unknown, ...infer Rest] ? Rest : never;
type Made = { readonly state: "pending" | "failed"; readonly leased: LeasedParts | null };

export function insertDelivery(
  writer: Writer,
  p: { plan: DeliveryPlan; event: NewEvent; eventSeq: number; acceptedAt: number },
): Made | null {
  const { event, acceptedAt } = p;
  const { webhookIndex } = p.plan;
  const endpoint = writer.state.endpoint(p.plan.endpointId);
  if (endpoint === null) return null;
  const deliveryId = writer.sequences.next("delivery");
  const bytes = Buffer.byteLength(event.payloadText);
  const baseAt = Math.max(acceptedAt, event.deliverAt ?? acceptedAt);
  if (writer.backlog.isFull(endpoint.seq)) {
    const { eventSeq } = p;
    insertFailed(writer, endpoint, {
      deliveryId,
      eventSeq,
      part: webhookIndex,
      bytes,
      baseAt,
      acceptedAt,
    });
    return { state: "failed", leased: null };
  }
  writer.backlog.add(endpoint.seq, 1);
  writer.afterCommit.tally(endpoint.appSeq, { pendingBytes: bytes });
  const key = event.orderingKey;
  const waits = key !== null && hasPredecessor(writer, endpoint.seq, key);
  const lease = waits || baseAt > acceptedAt ? null : leaseFor(writer, endpoint, bytes);
  writer
    .sql(
      `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, fence, slot, attempts,
        baseAt, parkedMs, manual, orderingKey, skipAt, acceptedAt, bytes)
        VALUES (?, ?, ?, ?, 0, ?, ?, 1, 0, ?, ?, 0, ?, ?, ?, ?)`,
    )
    .run(
      deliveryId,
      p.eventSeq,
      endpoint.seq,
      webhookIndex,
      waits ? null : baseAt,
      lease?.fence ?? null,
      baseAt,
      parkedUntil(endpoint, acceptedAt),
      key,
      key === null ? null : baseAt + endpoint.skipAfterMs,
      acceptedAt,
      bytes,
    );
  if (lease === null) {
    if (!waits) addDue(writer, endpoint.seq, baseAt);
    return { state: "pending", leased: null };
  }
  const { shard, version, endpointId } = endpoint;
  writer.state.addLeased(endpoint.seq, lease.fence, 1);
  return {
    state: "pending",
    leased: [
      lease.owner,
      deliveryId,
      endpointId,
      version,
      shard,
      lease.fence,
      webhookIndex,
      1,
      0,
      baseAt,
      baseAt,
      false,
      false,
    ],
  };
}

/** Beyond the endpoint's quota a delivery is kept for replay and blocks nothing. */
function insertFailed(
  { sql }: Writer,
  endpoint: CachedEndpoint,
  p: {
    deliveryId: number;
    eventSeq: number;
    part: number;
    bytes: number;
    baseAt: number;
    acceptedAt: number;
  },
): void {
  sql(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, slot, attempts, baseAt, parkedMs,
      manual, reason, acceptedAt, finishedAt, bytes)
      VALUES (?, ?, ?, ?, 2, 1, 0, ?, ?, 0, 'backlog_full', ?, ?, ?)`,
  ).run(
    p.deliveryId,
    p.eventSeq,
    endpoint.seq,
    p.part,
    p.baseAt,
    endpoint.parkedMs,
    p.acceptedAt,
    p.acceptedAt,
    p.bytes,
  );
}

/** Large payloads wait in the queue instead of memory, except for a few. */
const LARGE_PAYLOAD = 16 * 1024;
const LARGE_ROOM = 32;

/** The lease under which a delivery due now may go directly to its lane; null when it must queue. */
function leaseFor(
  writer: Writer,
  endpoint: CachedEndpoint,
  payloadLength: number,
): { owner: string; fence: number } | null {
  if (endpoint.status !== "enabled" || endpoint.probeAt !== null) return null;
  const shard = writer.state.shards()[endpoint.shard];
  if (shard === undefined || shard.owner === null || !writer.listening.has(shard.owner))
    return null;
  if (shard.leaseUntil <= writer.leaseNow()) return null;
  const room =
    payloadLength > LARGE_PAYLOAD ? Math.min(LARGE_ROOM, writer.leaseRoom) : writer.leaseRoom;
  if (writer.state.leased(endpoint.seq, shard.fence) >= room) return null;
  return { owner: shard.owner, fence: shard.fence };
}
