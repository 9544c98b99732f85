/**
 * Due work: the endpoints that have some, and leases for the owner of their shard. A claim searches
 * `delivery_due` at its endpoints, so its time does not depend on any backlog (I4).
 */
import type { QueueStore } from "../../interface/queue.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { loadEndpointsById, toFenced } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../../queue/routed-endpoint.ts";
import { claim as claimDue, pageDue } from "../../queue/claim.ts";
import type { FencedEndpoints } from "../../queue/queue-statements.ts";
import { listWithoutShare } from "../../queue/lease-room.ts";
import { lockPlaces, NO_PLACES, renewPlaces, type LockedPlaces } from "./endpoint-queue.ts";
import { findLeaseClock, leaseNow } from "../cluster/lease-clock.ts";
import { leaseRows } from "./lease-due.ts";
import { lockShared } from "../server/locks.ts";
import { searchDue, type DueRow } from "./pick-due.ts";
import { runSteps, wait } from "../session.ts";
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
  const { leaseCounts, leaseRoom } = tx.node;
  const heldBack = listWithoutShare(leaseCounts, leaseRoom);
  const found = await tx.sql<DueEndpointRow>(DUE_ENDPOINTS, [
    p.owner,
    findLeaseClock(tx.node),
    p.except,
    p.now,
    p.limit + 1,
    heldBack,
  ]);
  const rows = found.flatMap(({ endpointId, nextDueAt }) =>
    endpointId === null || nextDueAt === null ? [] : [{ endpointId, nextDueAt }],
  );
  const isNoted = (wanted: DueEndpointRow["note"]) => found.some(({ note }) => note === wanted);
  return {
    ...pageDue(rows, { ...p, isHeldBack: heldBack.length > 0 }),
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
  let places: LockedPlaces = NO_PLACES;
  return await runSteps(
    claimDue<DueRow, RoutedEndpoint, readonly LeasedDelivery[]>(
      {
        load: () => wait(() => loadOwned(tx, p)),
        isHeld: ({ owner }) => owner === p.owner,
        lockPlaces: (own) =>
          wait(async () => {
            places = await lockPlaces(tx, [...own.keys()]);
            return ({ seq }) => places.probeAt.get(seq) ?? null;
          }),
        search: (given) => wait(() => searchDue(tx, given)),
        lease: (rows, endpoints) =>
          wait(async () => {
            const picked = [...rows.values()].flat();
            const [leased] = await Promise.all([
              leaseRows(tx, picked, { endpoints, probeAt: places.probeAt, now: p.now }),
              renewPlaces(tx, [...endpoints.keys()], places.placed),
            ]);
            return leased;
          }),
        nothing: [],
        leased: tx.node.leaseCounts,
        room: tx.node.leaseRoom,
      },
      p,
    ),
  );
}

/** Statements after the lock see whether the lease is valid; it then stays valid until the end. */
async function loadOwned(
  tx: Tx,
  { owner, endpoints }: Params<"claim">,
): Promise<FencedEndpoints<RoutedEndpoint>> {
  const [, , known] = await Promise.all([
    tx.run(LAZY_COMMIT),
    lockShared(tx, "owner", [owner]),
    loadEndpointsById(
      tx,
      endpoints.map(({ endpointId }) => endpointId),
    ),
  ]);
  return toFenced(known);
}

/** The owner's queue rows on one side of an instant, soonest first. */
function toPlaces(side: string, limit: string): string {
  return `(SELECT endpoint.id AS endpoint_id, queue.next_due_at, NULL AS note
    FROM endpoint_queue AS queue JOIN endpoint ON endpoint.seq = queue.endpoint_seq
    WHERE queue.next_due_at ${side} AND queue.shard = ANY (ARRAY (SELECT shard FROM own))
      AND queue.endpoint_seq NOT IN (SELECT seq FROM left_out) AND endpoint.status = 'enabled'
      AND endpoint.app_seq <> ALL ($6::bigint[])
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
