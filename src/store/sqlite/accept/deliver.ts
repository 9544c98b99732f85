/** Writes new deliveries, and collects the leased ones for the answer of their publish. */
import type { AcceptEndpoint, MadeEvent } from "../../accept/accept-state.ts";
import {
  FIRST_ATTEMPT,
  planDelivery,
  type DeliveryLookups,
  type DeliveryPlanned,
  type Lease,
} from "../../accept/plan-delivery.ts";
import { mayLeaseAtOnce } from "../../queue/lease-room.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { hasPredecessor } from "../queue/ordering.ts";
import type { EventWire } from "../thread/leased-wire.ts";
import type { Writer } from "../thread/writer-types.ts";
import type { Made } from "./accept-types.ts";

/** An open breaker leases nothing here. */
const IS_PROBE = false;
const IS_MANUAL = false;

type Deliveries = {
  add(event: MadeEvent, endpoint: AcceptEndpoint, webhookIndex: number): void;
  /** Returns the deliveries since the last call. */
  takeMade(): Made;
};

export function createDeliveries(toWriter: () => Writer): Deliveries {
  let made: Made = { events: [], deliveries: [], full: [] };
  /** The event whose snapshot was passed on last; its deliveries share it. */
  let passed: MadeEvent | null = null;
  const lookups: DeliveryLookups = {
    isFull: ({ seq }) => toWriter().backlog.isFull(seq),
    isBehind: ({ seq }, orderingKey) => hasPredecessor(toWriter(), seq, orderingKey),
    findLease: (endpoint, bytes) => findLease(toWriter(), endpoint, bytes),
  };
  return {
    add(event, endpoint, webhookIndex) {
      const writer = toWriter();
      const plan = planDelivery(lookups, event, endpoint);
      const { lease, dueAt, baseAt } = plan;
      const { seq, endpointId, shard, version } = endpoint;
      const deliveryId = insertDelivery(writer, plan, { event, endpoint, webhookIndex });
      writer.afterCommit.tally(endpoint.appSeq, plan.tally);
      if (plan.reason !== null) {
        made.full.push(endpointId);
        return;
      }
      writer.backlog.add(seq, 1);
      if (lease === null) {
        if (dueAt !== null) addDue(writer, seq, dueAt);
        return;
      }
      const { owner, fence } = lease;
      writer.state.addLeased(seq, fence, 1);
      if (event !== passed) made.events.push(toWire(event));
      passed = event;
      const place = made.events.length - 1;
      made.deliveries.push([
        place,
        owner,
        deliveryId,
        endpointId,
        version,
        shard,
        fence,
        webhookIndex,
        FIRST_ATTEMPT.slot,
        FIRST_ATTEMPT.attempts,
        baseAt,
        baseAt,
        IS_MANUAL,
        IS_PROBE,
      ]);
    },
    takeMade() {
      const taken = made;
      made = { events: [], deliveries: [], full: [] };
      passed = null;
      return taken;
    },
  };
}

function insertDelivery(
  { sql, sequences }: Writer,
  plan: DeliveryPlanned,
  p: { event: MadeEvent; endpoint: AcceptEndpoint; webhookIndex: number },
): number {
  const { row, bytes } = p.event;
  const deliveryId = sequences.next("delivery");
  sql(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, fence, slot, attempts,
      baseAt, parkedMs, manual, orderingKey, skipAt, acceptedAt, finishedAt, reason, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, 0, ?, ?, ?, ?, ?, ?)`,
  ).run(
    deliveryId,
    row.seq,
    p.endpoint.seq,
    p.webhookIndex,
    plan.state,
    plan.dueAt,
    plan.lease === null ? null : plan.lease.fence,
    plan.baseAt,
    plan.parkedMs,
    plan.orderingKey,
    plan.skipAt,
    row.acceptedAt,
    plan.finishedAt,
    plan.reason,
    bytes,
  );
  return deliveryId;
}

function findLease(writer: Writer, endpoint: AcceptEndpoint, bytes: number): Lease | null {
  const shard = writer.state.shards()[endpoint.shard];
  if (shard === undefined || shard.owner === null || !writer.listening.has(shard.owner))
    return null;
  if (shard.leaseUntil <= writer.leaseNow()) return null;
  const isBreakerOpen = writer.state.endpointBySeq(endpoint.seq)?.probeAt !== null;
  const leased = writer.state.leased(endpoint.seq, shard.fence);
  return mayLeaseAtOnce(endpoint, { isBreakerOpen, bytes, leased, room: writer.leaseRoom })
    ? { owner: shard.owner, fence: shard.fence }
    : null;
}

function toWire({ context, row, index }: MadeEvent): EventWire {
  return [
    row.id,
    context.app.id,
    row.type,
    index ?? row.payload,
    row.contentType,
    row.occurredAt,
    row.acceptedAt,
    row.participants,
  ];
}
