/** Writes new deliveries, and collects the leased ones for the answer of their publish. */
import type { AcceptEndpoint, MadeEvent, StoredEvent } from "../../accept/accept-state.ts";
import {
  planDelivery,
  type DeliveryLookups,
  type DeliveryRow,
} from "../../accept/plan-delivery.ts";
import { findLease, type Lease, type LeaseLookups } from "../../queue/lease-room.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { hasPredecessor } from "../queue/ordering.ts";
import type { DeliveryWire, EventWire } from "../thread/leased-wire.ts";
import type { Writer } from "../thread/writer-types.ts";
import type { Made } from "./accept-types.ts";

type Deliveries = {
  add(event: MadeEvent | StoredEvent, endpoint: AcceptEndpoint, webhookIndex: number): void;
  /** Returns the deliveries since the last call. */
  takeMade(): Made;
};

export function createDeliveries(toWriter: () => Writer): Deliveries {
  let made: Made = { events: [], deliveries: [], full: [] };
  /** The event whose snapshot was passed on last; its deliveries share it. */
  let passed: MadeEvent | null = null;
  const leases = leaseLookups(toWriter);
  const lookups: DeliveryLookups = {
    isFull: ({ seq }) => toWriter().backlog.isFull(seq),
    isBehind: ({ seq }, orderingKey) => hasPredecessor(toWriter(), seq, orderingKey),
    findLease: (endpoint, bytes) => findLease(leases, endpoint, bytes),
  };
  return {
    add(event, endpoint, webhookIndex) {
      const writer = toWriter();
      const { sequences, afterCommit, backlog, state } = writer;
      const seq = sequences.next("delivery");
      const { row, lease, tally } = planDelivery(lookups, event, endpoint, webhookIndex, seq);
      insertDelivery(writer, row);
      afterCommit.tally(endpoint.appSeq, tally);
      if (row.reason !== null) {
        made.full.push(endpoint.endpointId);
        writer.sql("UPDATE delivery SET failedApp = ? WHERE seq = ?").run(endpoint.appSeq, row.seq);
        return;
      }
      backlog.add(endpoint.seq, 1);
      if (lease === null || !("snapshot" in event)) {
        if (row.dueAt !== null) addDue(writer, endpoint.seq, row.dueAt);
        return;
      }
      state.leased.add(endpoint, lease.fence, 1, row.bytes);
      if (event !== passed) made.events.push(toEventWire(event, writer.isShared()));
      passed = event;
      made.deliveries.push(toDeliveryWire(made.events.length - 1, lease, endpoint, row));
    },
    takeMade() {
      const taken = made;
      made = { events: [], deliveries: [], full: [] };
      passed = null;
      return taken;
    },
  };
}

function insertDelivery({ sql }: Writer, row: DeliveryRow): void {
  sql(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, reason, acceptedAt, baseAt, dueAt,
      finishedAt, parkedMs, orderingKey, skipAt, fence, slot, attempts, manual, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    row.seq,
    row.eventSeq,
    row.endpointSeq,
    row.part,
    row.state,
    row.reason,
    row.acceptedAt,
    row.baseAt,
    row.dueAt,
    row.finishedAt,
    row.parkedMs,
    row.orderingKey,
    row.skipAt,
    row.fence,
    row.slot,
    row.attempts,
    row.manual ? 1 : 0,
    row.bytes,
  );
}

function leaseLookups(toWriter: () => Writer): LeaseLookups {
  return {
    findHolder(shard) {
      const { state, listening, leaseNow } = toWriter();
      const row = state.shards()[shard];
      if (row === undefined || row.owner === null || !listening.has(row.owner)) return null;
      return row.leaseUntil > leaseNow() ? (row as Lease) : null;
    },
    isBreakerOpen: (seq) => toWriter().state.endpointBySeq(seq)?.probeAt !== null,
    get leased() {
      return toWriter().state.leased;
    },
    get room() {
      return toWriter().leaseRoom;
    },
  };
}

/** The thread of the publish has the payload; the other threads that send need it. */
function toEventWire({ context, row, index }: MadeEvent, isShared: boolean): EventWire {
  return [
    row.id,
    context.app.id,
    row.type,
    isShared ? row.payload : (index ?? row.payload),
    row.contentType,
    row.occurredAt,
    row.acceptedAt,
    row.participants,
  ];
}

function toDeliveryWire(
  event: number,
  { owner, fence }: Lease,
  { endpointId, version, shard }: AcceptEndpoint,
  { seq, part, slot, attempts, baseAt, manual }: DeliveryRow,
): DeliveryWire {
  const isProbe = false;
  return [
    event,
    owner,
    seq,
    endpointId,
    version,
    shard,
    fence,
    part,
    slot,
    attempts,
    baseAt,
    baseAt,
    manual,
    isProbe,
  ];
}
