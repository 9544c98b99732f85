/**
 * Leases the deliveries that a claim picked, and reads their events. Deliveries of one event share one
 * snapshot.
 */
import type { Snapshot } from "../../../core/snapshot.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { scheduleStart } from "../../queue/queue-endpoint.ts";
import {
  endUndeliverable,
  EVENT_GONE,
  findObstacle,
  type Obstacle,
  type Undeliverable,
} from "../../queue/undeliverable.ts";
import { toSnapshot } from "../../accept/snapshot-text.ts";
import type { RoutedEndpoint } from "../../queue/routed-endpoint.ts";
import type { DueRow } from "./pick-due.ts";
import { runSteps } from "../session.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";
import { toWriteSession } from "../write-session.ts";

type LeasedRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly part: number;
  readonly slot: number;
  readonly attempts: number;
  readonly baseAt: number;
  readonly parkedMs: number;
  readonly dueAt: number;
  readonly manual: boolean;
  readonly orderingKey: string | null;
};
type Claimed = {
  readonly endpoints: ReadonlyMap<number, RoutedEndpoint>;
  /** Next probes of the endpoints whose breaker is open. */
  readonly probeAt: ReadonlyMap<number, number>;
  readonly now: number;
};

const IS_PROBE = { isProbe: true } as const;

/** Leases the deliveries that are still due and not leased; returns them in the order of `picked`. */
export async function leaseRows(
  tx: Tx,
  picked: readonly DueRow[],
  cx: Claimed,
): Promise<readonly LeasedDelivery[]> {
  if (picked.length === 0) return [];
  const [taken, snapshots] = await Promise.all([
    tx.sql<LeasedRow>(LEASE, [
      picked.map(({ seq }) => seq),
      picked.map(({ endpointSeq }) => cx.endpoints.get(endpointSeq)?.fence),
      cx.now,
    ]),
    readSnapshots(tx, picked),
  ]);
  const bySeq = new Map(taken.map((row) => [row.seq, row]));
  const leased: LeasedDelivery[] = [];
  const lost: Undeliverable[] = [];
  for (const { seq, bytes } of picked) {
    const row = bySeq.get(seq);
    const endpoint = row === undefined ? undefined : cx.endpoints.get(row.endpointSeq);
    if (row === undefined || endpoint === undefined) continue;
    tx.afterCommit.leased({ endpoint, fence: endpoint.fence, count: 1, bytes });
    const snapshot = snapshots.get(row.eventSeq) ?? EVENT_GONE;
    if (typeof snapshot === "string") {
      lost.push({ delivery: { ...row, appSeq: endpoint.appSeq }, reason: snapshot });
      continue;
    }
    leased.push(toLeased(row, endpoint, { snapshot, isProbe: cx.probeAt.has(endpoint.seq) }));
  }
  if (lost.length > 0) await runSteps(endUndeliverable(toWriteSession(tx), lost, cx.now));
  return leased;
}

function toLeased(
  row: LeasedRow,
  endpoint: RoutedEndpoint,
  p: { snapshot: Snapshot; isProbe: boolean },
): LeasedDelivery {
  const { endpointId, version, shard, fence } = endpoint;
  return {
    deliveryId: row.seq,
    endpointId,
    endpointVersion: version,
    shard,
    fence,
    webhookIndex: row.part,
    slot: row.slot,
    attempts: row.attempts,
    baseAt: scheduleStart(row, endpoint),
    dueAt: row.dueAt,
    trigger: row.manual ? "manual" : "scheduled",
    snapshot: p.snapshot,
    ...(p.isProbe ? IS_PROBE : undefined),
  };
}

type EventRow = {
  readonly seq: number;
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  readonly payload: string | null;
  readonly contentType: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly participants: string | null;
};

/** Snapshots by event, or why there is none; an event past its retention is left out. */
async function readSnapshots(
  tx: Tx,
  rows: readonly DueRow[],
): Promise<ReadonlyMap<number, Snapshot | Obstacle>> {
  const eventSeqs = [...new Set(rows.map(({ eventSeq }) => eventSeq))];
  const events = await tx.sql<EventRow>(EVENTS, [eventSeqs, tx.node.horizon()]);
  // The pages of PostgreSQL have checksums, so no content is damaged here.
  return new Map(events.map((row) => [row.seq, findObstacle(row, false) ?? readEvent(row)]));
}

function readEvent({ participants, ...row }: EventRow): Snapshot {
  return toSnapshot({ ...row, eventId: row.id, payloadText: row.payload ?? "" }, participants);
}

const LEASE = `UPDATE delivery SET fence = asked.fence
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (seq, fence)
  WHERE delivery.seq = asked.seq AND ${STILL_PENDING} AND due_at <= $3
    AND delivery.fence IS DISTINCT FROM asked.fence
  RETURNING delivery.seq, event_seq, endpoint_seq, part, slot, attempts, base_at, parked_ms, due_at,
    manual, ordering_key`;
const EVENTS = `SELECT event.seq, event.id, app.id AS app_id, type, payload, content_type,
    occurred_at, accepted_at, participants
  FROM unnest($1::bigint[]) AS asked (seq) JOIN event ON event.seq = asked.seq
  JOIN app ON app.seq = event.app_seq WHERE accepted_at >= $2`;
