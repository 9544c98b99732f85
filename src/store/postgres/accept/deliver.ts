/**
 * Creates the deliveries of a group in one statement. One that is due at once, and whose shard another node
 * owns, is forwarded to that node.
 */
import {
  FIRST_ATTEMPT,
  planDelivery,
  type DeliveryPlanned,
  type Lease,
} from "../../accept/plan-delivery.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { forward, type Forwarded } from "../cluster/forwarding.ts";
import { createLeases } from "../queue/lease-room.ts";
import type { DeliveryDraft } from "./accept-batch-types.ts";
import { toInstant } from "./row-ids.ts";
import type { Tx } from "../types.ts";

export type Delivered = {
  /** Endpoints over their quota, by publish: one entry for every delivery that failed at once. */
  readonly full: ReadonlyMap<number, readonly string[]>;
};

type DeliveryRow = {
  readonly seq: number;
  readonly draft: DeliveryDraft;
  readonly plan: DeliveryPlanned;
};
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
  const keyedCount = drafts.filter(({ event }) => event.row.orderingKey !== null).length;
  await node.numbers.reserve(tx, "delivery", drafts.length + keyedCount);
  const open = await openBreakers(tx, endpointSeqs, owners);
  const leases = createLeases(tx, { owners, open });
  const keys = await takenKeys(tx, drafts);
  const added = new Map<number, number>();
  const lookups = {
    isFull: ({ seq }: DeliveryDraft["endpoint"]) => node.backlog.isFull(seq, added.get(seq) ?? 0),
    isBehind: keys.isTaken,
    findLease: leases.take,
  };
  const full = new Map<number, string[]>();
  const rows: DeliveryRow[] = [];
  for (const draft of drafts) {
    const { endpoint, event } = draft;
    const seq = keys.assignSeq(draft);
    const plan = planDelivery(lookups, event, endpoint);
    rows.push({ seq, draft, plan });
    if (plan.reason === null) {
      added.set(endpoint.seq, (added.get(endpoint.seq) ?? 0) + 1);
      continue;
    }
    const { publish } = event.context;
    const ids = full.get(publish) ?? [];
    full.set(publish, ids);
    ids.push(endpoint.endpointId);
  }
  await p.after;
  noteRows(tx, rows);
  const { forwarded, dues } = divideDue(tx, rows);
  const [unowned] = await Promise.all([forward(tx, forwarded), insert(tx, rows)]);
  await addDue(tx, [...dues, ...unowned]);
  return { full };
}

/**
 * Deliveries that another node owns and may send at once are forwarded to it; the others are due in the
 * queue.
 */
function divideDue(
  { node }: Tx,
  rows: readonly DeliveryRow[],
): { readonly forwarded: readonly Forwarded[]; readonly dues: readonly Forwarded[] } {
  const forwarded: Forwarded[] = [];
  const dues: Forwarded[] = [];
  for (const { seq, draft, plan } of rows) {
    const { endpoint, event } = draft;
    const { dueAt, lease } = plan;
    if (lease !== null || dueAt === null || endpoint.status !== "enabled") continue;
    const { shard, seq: endpointSeq } = endpoint;
    const { row, bytes } = event;
    const isForwarded = dueAt <= row.acceptedAt && node.shards.holder(shard) === null;
    const due = { shard, seq, eventSeq: row.seq, endpointSeq, dueAt, bytes };
    (isForwarded ? forwarded : dues).push(due);
  }
  return { forwarded, dues };
}

function noteRows({ afterCommit }: Tx, rows: readonly DeliveryRow[]): void {
  for (const row of rows) {
    const { lease, reason, tally } = row.plan;
    const { seq: endpointSeq, appSeq } = row.draft.endpoint;
    afterCommit.tally(appSeq, tally);
    if (reason !== null) continue;
    afterCommit.pending({ endpointSeq, count: 1 });
    if (lease === null) continue;
    afterCommit.leased({ endpointSeq, fence: lease.fence, count: 1 });
    afterCommit.direct({ owner: lease.owner, delivery: toLeased(row, lease) });
  }
}

function toLeased({ seq, draft, plan }: DeliveryRow, { fence }: Lease): LeasedDelivery {
  const { endpoint, webhookIndex, event } = draft;
  return {
    deliveryId: seq,
    endpointId: endpoint.endpointId,
    endpointVersion: endpoint.version,
    shard: endpoint.shard,
    fence,
    webhookIndex,
    ...FIRST_ATTEMPT,
    baseAt: plan.baseAt,
    dueAt: plan.baseAt,
    snapshot: event.snapshot,
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

/**
 * Answers which ordering keys have an earlier delivery; each answer marks its key as taken. The caller holds
 * the locks of the keys. The order of a key is that of its row ids, and nodes reserve numbers in blocks. So a
 * later delivery may need the number of a later minute.
 */
async function takenKeys(tx: Tx, drafts: readonly DeliveryDraft[]) {
  const asked = drafts.flatMap(({ endpoint, event }) => {
    const { orderingKey } = event.row;
    return orderingKey === null ? [] : { endpointSeq: endpoint.seq, orderingKey };
  });
  const taken = new Set<string>();
  const last = new Map<string, number>();
  if (asked.length > 0) {
    const rows = await tx.sql<{ endpointSeq: number; orderingKey: string; seq: number }>(
      `SELECT asked.endpoint_seq, asked.ordering_key, before.seq
       FROM unnest($1::bigint[], $2::text[]) asked (endpoint_seq, ordering_key)
       CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE delivery.endpoint_seq = asked.endpoint_seq
         AND delivery.ordering_key = asked.ordering_key AND delivery.state = 0
         ORDER BY seq DESC LIMIT 1) AS before`,
      [asked.map(({ endpointSeq }) => endpointSeq), asked.map(({ orderingKey }) => orderingKey)],
    );
    for (const row of rows) {
      const key = `${row.endpointSeq} ${row.orderingKey}`;
      taken.add(key);
      last.set(key, row.seq);
    }
  }
  return {
    isTaken(endpoint: DeliveryDraft["endpoint"], orderingKey: string): boolean {
      const key = `${endpoint.seq} ${orderingKey}`;
      if (taken.has(key)) return true;
      taken.add(key);
      return false;
    },
    assignSeq({ endpoint, event }: DeliveryDraft): number {
      const { numbers } = tx.node;
      const { acceptedAt, orderingKey } = event.row;
      const seq = numbers.next("delivery", acceptedAt);
      if (orderingKey === null) return seq;
      const key = `${endpoint.seq} ${orderingKey}`;
      const before = last.get(key) ?? 0;
      const behind = seq > before ? seq : numbers.next("delivery", toInstant(before) + MINUTE_MS);
      last.set(key, behind);
      return behind;
    },
  };
}

const INSERT = `INSERT INTO delivery (seq, event_seq, endpoint_seq, accepted_at, base_at, parked_ms,
  due_at, fence, finished_at, skip_at, bytes, state, part, ordering_key, reason, slot, attempts, manual)
  SELECT made.*, 1, 0, false
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::int[], $12::smallint[],
    $13::smallint[], $14::text[], $15::text[]) AS made`;

async function insert(tx: Tx, rows: readonly DeliveryRow[]): Promise<void> {
  await tx.run(INSERT, [
    rows.map(({ seq }) => seq),
    rows.map(({ draft }) => draft.event.row.seq),
    rows.map(({ draft }) => draft.endpoint.seq),
    rows.map(({ draft }) => draft.event.row.acceptedAt),
    rows.map(({ plan }) => plan.baseAt),
    rows.map(({ plan }) => plan.parkedMs),
    rows.map(({ plan }) => plan.dueAt),
    rows.map(({ plan }) => plan.lease?.fence ?? null),
    rows.map(({ plan }) => plan.finishedAt),
    rows.map(({ plan }) => plan.skipAt),
    rows.map(({ draft }) => draft.event.bytes),
    rows.map(({ plan }) => plan.state),
    rows.map(({ draft }) => draft.webhookIndex),
    rows.map(({ plan }) => plan.orderingKey),
    rows.map(({ plan }) => plan.reason),
  ]);
}
