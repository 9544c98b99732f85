/**
 * Creates the deliveries of a group in one statement. A delivery is leased at once when its shard's owner is
 * in this process, has room, and has a valid lease. It is forwarded when the owner is another node. Otherwise
 * it waits behind its ordering key or is due in the queue; behind an open breaker it is always due in the
 * queue. A delivery over its endpoint's quota is written as failed: it can be replayed, and it blocks no
 * other delivery.
 */
import type { NewEvent } from "../../../core/decide-types.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { parkedUntil } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { forward, type Forwarded } from "../cluster/forwarding.ts";
import { createLeases, type Lease } from "../queue/lease-room.ts";
import { toInstant } from "./row-ids.ts";
import type { Tx } from "../types.ts";

export type DeliveryDraft = {
  /** Index of the delivery's publish in the group. */
  readonly publish: number;
  readonly eventSeq: number;
  readonly event: NewEvent;
  readonly endpoint: RoutedEndpoint;
  readonly part: number;
  readonly acceptedAt: number;
  readonly snapshot: Snapshot;
};
export type Delivered = {
  /** Endpoints over their quota, by publish: one entry for every delivery that failed at once. */
  readonly full: ReadonlyMap<number, readonly string[]>;
};

type DeliveryRow = {
  readonly seq: number;
  readonly draft: DeliveryDraft;
  readonly state: 0 | 2;
  readonly baseAt: number;
  readonly dueAt: number | null;
  readonly lease: Lease | null;
  readonly bytes: number;
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
  const keyedCount = drafts.filter(({ event }) => event.orderingKey !== null).length;
  await node.numbers.reserve(tx, "delivery", drafts.length + keyedCount);
  const open = await openBreakers(tx, endpointSeqs, owners);
  const leases = createLeases(tx, { owners, open });
  const keys = await takenKeys(tx, drafts);
  const added = new Map<number, number>();
  const full = new Map<number, string[]>();
  const rows: DeliveryRow[] = [];
  for (const draft of drafts) {
    const { endpoint, event, acceptedAt } = draft;
    const seq = keys.assignSeq(draft);
    const bytes = Buffer.byteLength(event.payloadText);
    const baseAt = Math.max(acceptedAt, event.deliverAt ?? acceptedAt);
    const before = added.get(endpoint.seq) ?? 0;
    if (node.backlog.isFull(endpoint.seq, before)) {
      rows.push({ seq, draft, state: 2, baseAt, dueAt: null, lease: null, bytes });
      const ids = full.get(draft.publish) ?? [];
      full.set(draft.publish, ids);
      ids.push(endpoint.endpointId);
      continue;
    }
    added.set(endpoint.seq, before + 1);
    const waits = event.orderingKey !== null && keys.isTaken(draft);
    const lease = waits || baseAt > acceptedAt ? null : leases.take(endpoint, bytes);
    rows.push({ seq, draft, state: 0, baseAt, dueAt: waits ? null : baseAt, lease, bytes });
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
  for (const { seq, draft, state, dueAt, lease, bytes } of rows) {
    const { endpoint, eventSeq, acceptedAt } = draft;
    if (state !== 0 || lease !== null || dueAt === null || endpoint.status !== "enabled") continue;
    const { shard, seq: endpointSeq } = endpoint;
    const isForwarded = dueAt <= acceptedAt && node.shards.holder(shard) === null;
    (isForwarded ? forwarded : dues).push({ shard, seq, eventSeq, endpointSeq, dueAt, bytes });
  }
  return { forwarded, dues };
}

function noteRows({ afterCommit }: Tx, rows: readonly DeliveryRow[]): void {
  for (const row of rows) {
    const { draft, state, lease, bytes } = row;
    const { seq: endpointSeq, appSeq } = draft.endpoint;
    if (state === 2) {
      afterCommit.tally(appSeq, { created: 1, failed: 1 });
      continue;
    }
    afterCommit.tally(appSeq, { created: 1, pendingBytes: bytes });
    afterCommit.pending({ endpointSeq, count: 1 });
    if (lease === null) continue;
    afterCommit.leased({ endpointSeq, fence: lease.fence, count: 1 });
    afterCommit.direct({ owner: lease.owner, delivery: toLeased(row, lease) });
  }
}

function toLeased({ seq, draft, baseAt }: DeliveryRow, { fence }: Lease): LeasedDelivery {
  const { endpoint, part, snapshot } = draft;
  return {
    deliveryId: seq,
    endpointId: endpoint.endpointId,
    endpointVersion: endpoint.version,
    shard: endpoint.shard,
    fence,
    webhookIndex: part,
    slot: 1,
    attempts: 0,
    baseAt,
    dueAt: baseAt,
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

/**
 * Answers which ordering keys have an earlier delivery; each answer marks its key as taken. The caller holds
 * the locks of the keys. The order of a key is that of its row ids, and nodes reserve numbers in blocks. So a
 * later delivery may need the number of a later minute.
 */
async function takenKeys(tx: Tx, drafts: readonly DeliveryDraft[]) {
  const keyed = drafts.filter(({ event }) => event.orderingKey !== null);
  const taken = new Set<string>();
  const last = new Map<string, number>();
  const toKey = ({ endpoint, event }: DeliveryDraft) => `${endpoint.seq} ${event.orderingKey}`;
  if (keyed.length > 0) {
    const rows = await tx.sql<{ endpointSeq: number; orderingKey: string; seq: number }>(
      `SELECT asked.endpoint_seq, asked.ordering_key, before.seq
       FROM unnest($1::bigint[], $2::text[]) asked (endpoint_seq, ordering_key)
       CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE delivery.endpoint_seq = asked.endpoint_seq
         AND delivery.ordering_key = asked.ordering_key AND delivery.state = 0
         ORDER BY seq DESC LIMIT 1) AS before`,
      [keyed.map(({ endpoint }) => endpoint.seq), keyed.map(({ event }) => event.orderingKey)],
    );
    for (const row of rows) {
      const key = `${row.endpointSeq} ${row.orderingKey}`;
      taken.add(key);
      last.set(key, row.seq);
    }
  }
  return {
    isTaken(draft: DeliveryDraft): boolean {
      if (taken.has(toKey(draft))) return true;
      taken.add(toKey(draft));
      return false;
    },
    assignSeq(draft: DeliveryDraft): number {
      const { numbers } = tx.node;
      const seq = numbers.next("delivery", draft.acceptedAt);
      if (draft.event.orderingKey === null) return seq;
      const before = last.get(toKey(draft)) ?? 0;
      const behind = seq > before ? seq : numbers.next("delivery", toInstant(before) + MINUTE_MS);
      last.set(toKey(draft), behind);
      return behind;
    },
  };
}

const INSERT = `INSERT INTO delivery (seq, event_seq, endpoint_seq, accepted_at, base_at, parked_ms,
  due_at, fence, finished_at, skip_at, bytes, slot, attempts, state, part, manual, ordering_key, reason)
  SELECT seq, event_seq, endpoint_seq, accepted_at, base_at, parked_ms, due_at, fence,
    CASE WHEN state = 2 THEN accepted_at END, skip_at, bytes, 1, 0, state, part, false, ordering_key,
    CASE WHEN state = 2 THEN 'backlog_full' END
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::int[], $11::smallint[], $12::smallint[],
    $13::text[]) AS made (seq, event_seq, endpoint_seq, accepted_at, base_at, parked_ms, due_at, fence,
    skip_at, bytes, state, part, ordering_key)`;

async function insert(tx: Tx, rows: readonly DeliveryRow[]): Promise<void> {
  const column = (read: (row: DeliveryRow) => unknown) => rows.map(read);
  await tx.run(INSERT, [
    column(({ seq }) => seq),
    column(({ draft }) => draft.eventSeq),
    column(({ draft }) => draft.endpoint.seq),
    column(({ draft }) => draft.acceptedAt),
    column(({ baseAt }) => baseAt),
    column(({ draft }) => parkedUntil(draft.endpoint, draft.acceptedAt)),
    column(({ dueAt }) => dueAt),
    column(({ lease }) => lease?.fence ?? null),
    column(({ draft, state, baseAt }) =>
      draft.event.orderingKey === null || state === 2 ? null : baseAt + draft.endpoint.skipAfterMs,
    ),
    column(({ bytes }) => bytes),
    column(({ state }) => state),
    column(({ draft }) => draft.part),
    column(({ draft, state }) => (state === 2 ? null : draft.event.orderingKey)),
  ]);
}
