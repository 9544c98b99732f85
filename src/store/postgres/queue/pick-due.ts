/**
 * The deliveries of each endpoint that a claim leases: a few searches in `delivery_due`, each at one end of
 * the due deliveries. So the time does not depend on the number in between (I4). A search is one step in each
 * day's part of the index, merged in order.
 */
import type { Tx } from "../types.ts";

/** An endpoint of a claim, with the fence of its shard. */
export type Asked = {
  readonly endpointSeq: number;
  readonly fence: number;
  readonly room: number;
  /** Next probe of an open breaker; null while it is closed. */
  readonly probeAt: number | null;
};
export type DueRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly bytes: number;
};
export type Picked = { readonly rows: readonly DueRow[]; readonly hasMore: boolean };

/** Share of the room for the oldest when more is due than fits; the rest is for the newest. */
const OLDEST_SHARE = 1 / 4;

/** Deliveries by endpoint, each in the order in which they became due. */
export async function pickDue(
  tx: Tx,
  asked: readonly Asked[],
  now: number,
): Promise<ReadonlyMap<number, Picked>> {
  const may = asked.filter(({ probeAt, room }) => probeAt === null || (probeAt <= now && room > 0));
  const oldest = await search(tx, OLDEST, { asked: may, toLimit: limitOfOldest, now });
  const overfull = may.filter((one) => one.probeAt === null && isOver(one, oldest));
  const newest = await search(tx, NEWEST, {
    asked: overfull,
    toLimit: ({ room }) => room - sizeOfOldest(room),
    now,
  });
  return new Map<number, Picked>(
    asked.map((one): [number, Picked] => {
      const { endpointSeq, room } = one;
      const rows = oldest.get(endpointSeq) ?? [];
      if (!overfull.includes(one)) return [endpointSeq, { rows, hasMore: false }];
      const others = (newest.get(endpointSeq) ?? []).toReversed();
      const both = [...rows.slice(0, sizeOfOldest(room)), ...others];
      return [endpointSeq, { rows: both, hasMore: true }];
    }),
  );
}

/** One more than fits, to see whether more is due; exactly one for a probe. */
function limitOfOldest({ probeAt, room }: Asked): number {
  return probeAt === null ? room + 1 : 1;
}

function sizeOfOldest(room: number): number {
  return Math.ceil(room * OLDEST_SHARE);
}

function isOver(
  { endpointSeq, room }: Asked,
  oldest: ReadonlyMap<number, readonly DueRow[]>,
): boolean {
  return (oldest.get(endpointSeq)?.length ?? 0) > room;
}

async function search(
  tx: Tx,
  text: string,
  p: { asked: readonly Asked[]; toLimit: (one: Asked) => number; now: number },
): Promise<ReadonlyMap<number, readonly DueRow[]>> {
  if (p.asked.length === 0) return new Map();
  const rows = await tx.sql<DueRow>(text, [
    p.asked.map(({ endpointSeq }) => endpointSeq),
    p.asked.map(({ fence }) => fence),
    p.asked.map(p.toLimit),
    p.asked.map(({ probeAt }) => probeAt !== null),
    p.now,
  ]);
  return Map.groupBy(rows, ({ endpointSeq }) => endpointSeq);
}

/**
 * Deliveries leased under the current fence are skipped: never more than the lane holds. While any is leased,
 * no probe leaves.
 */
function searchFrom(order: "ASC" | "DESC"): string {
  return `SELECT due.*
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::boolean[])
      AS asked (endpoint_seq, fence, most, is_probe)
    CROSS JOIN LATERAL (SELECT seq, event_seq, endpoint_seq, bytes FROM delivery
      WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0 AND due_at <= $5
        AND delivery.fence IS DISTINCT FROM asked.fence
      ORDER BY due_at ${order}, seq ${order} LIMIT asked.most) AS due
    WHERE NOT asked.is_probe OR NOT EXISTS (SELECT FROM delivery
      WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0
        AND delivery.fence = asked.fence)`;
}
const OLDEST = searchFrom("ASC");
const NEWEST = searchFrom("DESC");
