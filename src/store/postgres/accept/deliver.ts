/**
 * Creates the deliveries of a group in one statement. One that is due at once, and whose shard another node
 * owns, is forwarded to that node.
 */
import { planDelivery, type PlannedDelivery } from "../../accept/plan-delivery.ts";
import { routeDue } from "../../queue/forwarding.ts";
import type { Lease } from "../../queue/lease-room.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { createKeyOrder, pendingOfKeySql, type KeyOrder } from "../../queue/ordering.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { forward } from "../cluster/forwarding.ts";
import { createLeases } from "../queue/lease-room.ts";
import { insertRows } from "../server/column-arrays.ts";
import type { DeliveryDraft } from "./accept-batch-types.ts";
import { toInstant } from "./row-ids.ts";
import type { Tx } from "../types.ts";

export type Delivered = {
  /** Endpoints over their quota, by publish: one entry for every delivery that failed at once. */
  readonly full: ReadonlyMap<number, readonly string[]>;
};

type Planned = PlannedDelivery & Pick<DeliveryDraft, "endpoint" | "event">;

/**
 * `owners` are the owners with valid leases in this transaction. `after` is the work to finish before queue
 * rows are locked, because other transactions wait for those locks.
 */
export async function insertDeliveries(
  tx: Tx,
  drafts: readonly DeliveryDraft[],
  p: { owners: ReadonlySet<string>; after: Promise<unknown> },
): Promise<Delivered> {
  if (drafts.length === 0) return { full: new Map() };
  const { node } = tx;
  const { owners } = p;
  const endpointSeqs = [...new Set(drafts.map(({ endpoint }) => endpoint.seq))];
  await node.backlog.load(tx, endpointSeqs);
  const open = await openBreakers(tx, endpointSeqs, owners);
  const findLease = createLeases(tx, { owners, open });
  const keys = await loadKeyOrder(tx, drafts);
  const keyedCount = drafts.filter(({ event }) => event.row.orderingKey !== null).length;
  await node.numbers.reserve(tx, "delivery", drafts.length + keyedCount);
  const added = new Map<number, number>();
  const lookups = {
    isFull: ({ seq }: DeliveryDraft["endpoint"]) => node.backlog.isFull(seq, added.get(seq) ?? 0),
    isBehind: ({ seq }: DeliveryDraft["endpoint"], orderingKey: string) =>
      keys.isBehind(seq, orderingKey),
    findLease,
  };
  const full = new Map<number, string[]>();
  const planned: Planned[] = [];
  for (const draft of drafts) {
    const { endpoint, event, webhookIndex } = draft;
    const { acceptedAt, orderingKey } = event.row;
    const next = node.numbers.next("delivery", acceptedAt);
    const seq = orderingKey === null ? next : keys.assignSeq(endpoint.seq, orderingKey, next);
    const plan = planDelivery(lookups, event, endpoint, webhookIndex, seq);
    const { row, lease, tally } = plan;
    planned.push({ row, lease, tally, endpoint, event });
    if (row.reason === null) {
      added.set(endpoint.seq, (added.get(endpoint.seq) ?? 0) + 1);
      continue;
    }
    const { publish } = event.context;
    const ids = full.get(publish) ?? [];
    full.set(publish, ids);
    ids.push(endpoint.endpointId);
  }
  await p.after;
  notePlanned(tx, planned);
  const isHere = (shard: number): boolean => node.shards.holder(shard) !== null;
  const { forwarded, dues } = routeDue(planned, isHere);
  const [unowned] = await Promise.all([forward(tx, forwarded), insertPlanned(tx, planned)]);
  await addDue(tx, [...dues, ...unowned]);
  return { full };
}

/** Only a delivery that fails has the column of its application. */
async function insertPlanned(tx: Tx, planned: readonly Planned[]): Promise<void> {
  const rows = planned.flatMap(({ row }) => (row.reason === null ? [row] : []));
  const failed = planned.flatMap(({ row, endpoint }) =>
    row.reason === null ? [] : [{ ...row, failedApp: endpoint.appSeq }],
  );
  await Promise.all([insertRows(tx, "delivery", rows), insertRows(tx, "delivery", failed)]);
}

function notePlanned({ afterCommit }: Tx, planned: readonly Planned[]): void {
  for (const one of planned) {
    const { row, lease, tally, endpoint, event } = one;
    const { seq: endpointSeq, appSeq } = endpoint;
    afterCommit.tally(appSeq, tally);
    if (row.reason !== null) continue;
    afterCommit.pending({ endpointSeq, count: 1 });
    if (lease === null || !("snapshot" in event)) continue;
    afterCommit.leased({ endpoint, fence: lease.fence, count: 1, bytes: row.bytes });
    afterCommit.direct({ owner: lease.owner, delivery: toLeased(one, lease, event.snapshot) });
  }
}

function toLeased(
  { row, endpoint }: Planned,
  { fence }: Lease,
  snapshot: LeasedDelivery["snapshot"],
): LeasedDelivery {
  return {
    deliveryId: row.seq,
    endpointId: endpoint.endpointId,
    endpointVersion: endpoint.version,
    shard: endpoint.shard,
    fence,
    webhookIndex: row.part,
    slot: row.slot,
    attempts: row.attempts,
    baseAt: row.baseAt,
    dueAt: row.baseAt,
    trigger: "scheduled",
    snapshot,
  };
}

async function openBreakers(
  tx: Tx,
  endpointSeqs: readonly number[],
  owners: ReadonlySet<string>,
): Promise<ReadonlySet<number>> {
  if (owners.size === 0) return new Set();
  const rows = await tx.sql<{ endpointSeq: number }>(
    `SELECT endpoint_seq FROM endpoint_state
     WHERE breaker = 'open' AND endpoint_seq = ANY ($1::bigint[])`,
    [endpointSeqs],
  );
  return new Set(rows.map(({ endpointSeq }) => endpointSeq));
}

const MINUTE_MS = 60_000;

/** The caller holds the locks of the keys. A later delivery may need the number of a later minute. */
async function loadKeyOrder(tx: Tx, drafts: readonly DeliveryDraft[]): Promise<KeyOrder> {
  const asked = drafts.flatMap(({ endpoint, event }) => {
    const { orderingKey } = event.row;
    return orderingKey === null ? [] : { endpointSeq: endpoint.seq, orderingKey };
  });
  const pending =
    asked.length === 0
      ? []
      : await tx.sql<{ endpointSeq: number; orderingKey: string; seq: number }>(LAST_OF_KEYS, [
          asked.map(({ endpointSeq }) => endpointSeq),
          asked.map(({ orderingKey }) => orderingKey),
        ]);
  const { numbers } = tx.node;
  return createKeyOrder(pending, (seq) => numbers.next("delivery", toInstant(seq) + MINUTE_MS));
}

const LAST_OF_KEYS = `SELECT asked.endpoint_seq, asked.ordering_key, before.seq
  FROM unnest($1::bigint[], $2::text[]) asked (endpoint_seq, ordering_key)
  CROSS JOIN LATERAL (SELECT seq FROM delivery
    WHERE ${pendingOfKeySql("asked.endpoint_seq", "asked.ordering_key")}
    ORDER BY seq DESC LIMIT 1) AS before`;
