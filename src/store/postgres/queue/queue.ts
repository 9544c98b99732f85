/**
 * Due work: the endpoints that have some, and leases for the owner of their shard. A claim searches
 * `delivery_due` at its endpoints, so its time does not depend on any backlog (I4).
 */
import type { QueueStore } from "../../interface/queue.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { loadEndpointsById } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { addDue, lockPlaces, renewPlaces, type Due } from "./endpoint-queue.ts";
import { findLeaseClock, leaseNow } from "../cluster/lease-clock.ts";
import { leaseRows } from "./lease-due.ts";
import { lockShared } from "../server/locks.ts";
import { keepFences } from "../cluster/owner-lease.ts";
import { pickDue, type DueRow, type Picked } from "./pick-due.ts";
import { STILL_PENDING } from "./still-pending.ts";
import { LAZY_COMMIT } from "../transaction.ts";
import type { Tx } from "../types.ts";

type Params<M extends keyof QueueStore> = Parameters<QueueStore[M]>[0];

export type DueEndpoints = Awaited<ReturnType<QueueStore["dueEndpoints"]>> & {
  /** The owner has not acknowledged a change. */
  readonly isChanged: boolean;
  /** Other nodes have forwarded deliveries that the queue does not know yet. */
  readonly isForwarded: boolean;
};
type DueEndpointRow = {
  readonly endpointId: string | null;
  readonly nextDueAt: number | null;
  readonly note: "changed" | "handed" | null;
};

/** Only reads, and waits for no lock. */
export async function dueEndpoints(tx: Tx, p: Params<"dueEndpoints">): Promise<DueEndpoints> {
  const found = await tx.sql<DueEndpointRow>(DUE_ENDPOINTS, [
    p.owner,
    findLeaseClock(tx.node),
    p.except,
    p.now,
    p.limit + 1,
  ]);
  const rows = found.flatMap(({ endpointId, nextDueAt }) =>
    endpointId === null || nextDueAt === null ? [] : [{ endpointId, nextDueAt }],
  );
  const isNoted = (wanted: DueEndpointRow["note"]) => found.some(({ note }) => note === wanted);
  const due = rows.slice(0, p.limit).filter(({ nextDueAt }) => nextDueAt <= p.now);
  return {
    endpointIds: due.map(({ endpointId }) => endpointId),
    nextDueAt: rows[due.length]?.nextDueAt ?? null,
    isChanged: isNoted("changed"),
    isForwarded: isNoted("handed"),
  };
}

/**
 * Queue rows are locked before any delivery is read. So a delivery that is added meanwhile is either seen
 * here or gets its queue row afterwards.
 */
export async function claim(
  tx: Tx,
  p: Params<"claim">,
): Promise<{ leased: readonly LeasedDelivery[]; more: readonly string[] }> {
  const endpoints = await loadOwn(tx, p);
  if (endpoints.size === 0) return { leased: [], more: [] };
  const endpointSeqs = [...endpoints.keys()];
  const { placed, probeAt } = await lockPlaces(tx, endpointSeqs);
  const rooms = new Map(p.endpoints.map(({ endpointId, room }) => [endpointId, room]));
  const asked = [...endpoints.values()].map(({ seq, endpointId, fence }) => ({
    endpointSeq: seq,
    fence,
    room: rooms.get(endpointId) ?? 0,
    probeAt: probeAt.get(seq) ?? null,
  }));
  const { rows, more } = fitBytes(await pickDue(tx, asked, p.now));
  const [leased] = await Promise.all([
    leaseRows(tx, rows, { endpoints, probeAt, now: p.now }),
    renewPlaces(tx, endpointSeqs, placed),
  ]);
  return { leased, more: more.flatMap((seq) => endpoints.get(seq)?.endpointId ?? []) };
}

/**
 * Endpoints by row, in the requested order: enabled, and in a shard that the owner keeps until the commit.
 */
async function loadOwn(
  tx: Tx,
  { owner, endpoints }: Params<"claim">,
): Promise<ReadonlyMap<number, RoutedEndpoint>> {
  // Statements after the lock see whether the lease is valid; it then stays valid until the end.
  const ids = endpoints.map(({ endpointId }) => endpointId);
  const [, , known] = await Promise.all([
    tx.run(LAZY_COMMIT),
    lockShared(tx, "owner", [owner]),
    loadEndpointsById(tx, ids),
  ]);
  const own = new Map<number, RoutedEndpoint>();
  for (const id of ids) {
    const endpoint = known.get(id);
    if (endpoint?.status === "enabled" && endpoint.owner === owner) own.set(endpoint.seq, endpoint);
  }
  return own;
}

/** Payload bytes that one claim carries for one endpoint; the next claim takes the rest. */
const CLAIM_BYTES = 4 * 1024 * 1024;

/** An event with several of the deliveries counts once. */
function fitBytes(picked: ReadonlyMap<number, Picked>): {
  rows: readonly DueRow[];
  more: readonly number[];
} {
  const more: number[] = [];
  const fitting: DueRow[] = [];
  const carried = new Set<number>();
  for (const [endpointSeq, { rows, hasMore }] of picked) {
    let bytes = 0;
    let isOver = false;
    for (const row of rows) {
      isOver = bytes > CLAIM_BYTES;
      if (isOver) break;
      if (!carried.has(row.eventSeq)) bytes += row.bytes;
      carried.add(row.eventSeq);
      fitting.push(row);
    }
    if (hasMore || isOver) more.push(endpointSeq);
  }
  return { rows: fitting, more };
}

export async function release(tx: Tx, p: Params<"release">): Promise<void> {
  if (p.deliveries.length === 0) return;
  const given = new Map(p.deliveries.map((delivery) => [delivery.deliveryId, delivery]));
  const deliveries = [...given.values()];
  const shards = deliveries.map(({ shard }) => shard);
  const rows = await keepFences(tx, shards, () =>
    tx.sql<Due & { readonly seq: number }>(RELEASE, [
      deliveries.map(({ deliveryId }) => deliveryId),
      shards,
      deliveries.map(({ fence }) => fence),
      p.dueAt,
    ]),
  );
  for (const { seq, endpointSeq } of rows) {
    tx.afterCommit.leased({ endpointSeq, fence: given.get(seq)?.fence ?? 0, count: -1 });
  }
  await addDue(tx, rows);
}

/** The owner's queue rows on one side of an instant, soonest first. */
function toPlaces(side: string, limit: string): string {
  return `(SELECT endpoint.id AS endpoint_id, queue.next_due_at, NULL AS note
    FROM endpoint_queue AS queue JOIN endpoint ON endpoint.seq = queue.endpoint_seq
    WHERE queue.next_due_at ${side} AND queue.shard = ANY (ARRAY (SELECT shard FROM own))
      AND queue.endpoint_seq NOT IN (SELECT seq FROM left_out) AND endpoint.status = 'enabled'
    ORDER BY queue.next_due_at LIMIT ${limit})`;
}
/**
 * Returns the due endpoints and the next one, a note when a change is unacknowledged, and a note when
 * deliveries were forwarded. So an idle node needs only this one poll. The scan follows the index of
 * instants: it is faster to skip other owners' rows than to search once per shard (0.5 and 15 ms, 2026-11-23,
 * 256 shards).
 */
const DUE_ENDPOINTS = `WITH own AS MATERIALIZED (
    SELECT shard.shard FROM shard JOIN node ON node.owner = shard.owner
    WHERE shard.owner = $1 AND node.lease_until > ${leaseNow(2)}),
  left_out AS MATERIALIZED (SELECT seq FROM endpoint WHERE id = ANY ($3::text[]))
  ${toPlaces("<= $4", "$5")} UNION ALL ${toPlaces("> $4", "1")}
  UNION ALL (SELECT NULL, NULL, 'changed' WHERE EXISTS (SELECT FROM endpoint_change AS changed
    JOIN shard ON shard.shard = changed.shard AND shard.fence = changed.fence
    WHERE shard.owner = $1))
  UNION ALL (SELECT NULL, NULL, 'handed' WHERE EXISTS (SELECT FROM handover
    WHERE shard = ANY (ARRAY (SELECT shard FROM own)))) ORDER BY next_due_at`;
const RELEASE = `UPDATE delivery SET fence = NULL, due_at = coalesce($4, due_at)
  FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS asked (seq, shard, fence)
  JOIN shard ON shard.shard = asked.shard AND shard.fence = asked.fence
  WHERE delivery.seq = asked.seq AND delivery.fence = asked.fence AND ${STILL_PENDING}
  RETURNING delivery.seq, endpoint_seq, due_at`;
