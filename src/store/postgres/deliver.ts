/**
 * Making the deliveries of a group in one statement: each leased at once to the owner of its
 * endpoint's shard when that owner is in this process, has room and its lease holds, else due in the
 * queue (so is all that is for an open breaker), else waiting behind its ordering key. What is over
 * its endpoint's quota is written as failed: kept to be replayed, and never in anybody's way.
 */
import type { NewEvent } from "../../core/decide-types.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { LeasedDelivery } from "../queue.ts";
import { parkedUntil, type OwnEndpoint } from "./endpoint-load.ts";
import { addDue } from "./endpoint-queue.ts";
import { instantOf } from "./row-ids.ts";
import type { Tx } from "./types.ts";

export type DeliveryDraft = {
  /** Which publish of the group it comes from. */
  readonly publish: number;
  readonly eventSeq: number;
  readonly event: NewEvent;
  readonly endpoint: OwnEndpoint;
  readonly part: number;
  readonly acceptedAt: number;
  readonly snapshot: Snapshot;
};
export type DirectLease = {
  readonly publish: number;
  readonly owner: string;
  readonly delivery: LeasedDelivery;
};
export type Delivered = {
  readonly leased: readonly DirectLease[];
  /** Endpoints that had no room, by publish: one for every delivery that failed at once. */
  readonly full: ReadonlyMap<number, readonly string[]>;
};

/** Large payloads wait in the queue rather than in memory, but for a few. */
const LARGE_PAYLOAD = 16 * 1024;
const LARGE_ROOM = 32;

type DeliveryRow = {
  readonly seq: number;
  readonly draft: DeliveryDraft;
  readonly state: 0 | 2;
  readonly baseAt: number;
  readonly dueAt: number | null;
  readonly lease: Lease | null;
  readonly bytes: number;
};
/** As it was when the lock on the owner's lease was held: what this node holds may change meanwhile. */
type Lease = { readonly owner: string; readonly fence: number };

/**
 * `owners` are those whose leases were found to hold in this transaction; `after` is what has to be
 * written before any place in the queue is held, for which others wait.
 */
export async function insertDeliveries(
  tx: Tx,
  drafts: readonly DeliveryDraft[],
  p: { owners: ReadonlySet<string>; after: Promise<unknown> },
): Promise<Delivered> {
  if (drafts.length === 0) return { leased: [], full: new Map() };
  const { node } = tx;
  const { owners } = p;
  const endpointSeqs = [...new Set(drafts.map(({ endpoint }) => endpoint.seq))];
  await node.backlog.load(tx, endpointSeqs);
  const keyedCount = drafts.filter(({ event }) => event.orderingKey !== null).length;
  await node.numbers.reserve(tx, "delivery", drafts.length + keyedCount);
  const leases = createLeases(tx, owners, await openBreakers(tx, endpointSeqs, owners));
  const keys = await takenKeys(tx, drafts);
  const added = new Map<number, number>();
  const full = new Map<number, string[]>();
  const rows: DeliveryRow[] = [];
  for (const draft of drafts) {
    const { endpoint, event, acceptedAt } = draft;
    const seq = keys.seqOf(draft);
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
  const dues = rows.flatMap(({ state, dueAt, lease, draft }) =>
    state === 0 && lease === null && dueAt !== null && draft.endpoint.status === "enabled"
      ? [{ endpointSeq: draft.endpoint.seq, dueAt }]
      : [],
  );
  await Promise.all([insert(tx, rows), addDue(tx, dues)]);
  return { leased: rows.flatMap((row) => leasedOf(row) ?? []), full };
}

function noteRows({ notes }: Tx, rows: readonly DeliveryRow[]): void {
  for (const { draft, state, lease, bytes } of rows) {
    const { seq: endpointSeq, appSeq } = draft.endpoint;
    if (state === 2) {
      notes.tally(appSeq, { created: 1, failed: 1 });
      continue;
    }
    notes.tally(appSeq, { created: 1, owedBytes: bytes });
    notes.pending({ endpointSeq, count: 1 });
    if (lease !== null) notes.leased({ endpointSeq, fence: lease.fence, count: 1 });
  }
}

/** Under which lease a delivery due now may go straight to its lane. */
function createLeases({ node }: Tx, owners: ReadonlySet<string>, open: ReadonlySet<number>) {
  const counts = new Map<number, number>();
  return {
    take(endpoint: OwnEndpoint, bytes: number): Lease | null {
      if (endpoint.status !== "enabled" || open.has(endpoint.seq)) return null;
      const holder = node.shards.holder(endpoint.shard);
      if (holder === null || !owners.has(holder.owner)) return null;
      const room = bytes > LARGE_PAYLOAD ? Math.min(LARGE_ROOM, node.leaseRoom) : node.leaseRoom;
      const here = counts.get(endpoint.seq) ?? 0;
      if (node.leaseCounts.of(endpoint.seq, holder.fence) + here >= room) return null;
      counts.set(endpoint.seq, here + 1);
      return holder;
    },
  };
}

function leasedOf({ seq, draft, lease, baseAt }: DeliveryRow): DirectLease | null {
  if (lease === null) return null;
  const { endpoint, part, snapshot } = draft;
  return {
    publish: draft.publish,
    owner: lease.owner,
    delivery: {
      deliveryId: seq,
      endpointId: endpoint.endpointId,
      endpointVersion: endpoint.version,
      shard: endpoint.shard,
      fence: lease.fence,
      part,
      slot: 1,
      attempts: 0,
      baseAt,
      dueAt: baseAt,
      trigger: "scheduled",
      snapshot,
    },
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
 * Which ordering keys have somebody before them; asking makes the key taken. Their locks are held. The
 * order of a key is that of its row ids, and nodes take numbers a block at a time, so one that came
 * later may have to take a later minute than its own.
 */
async function takenKeys(tx: Tx, drafts: readonly DeliveryDraft[]) {
  const keyed = drafts.filter(({ event }) => event.orderingKey !== null);
  const taken = new Set<string>();
  const last = new Map<string, number>();
  const keyOf = ({ endpoint, event }: DeliveryDraft) => `${endpoint.seq} ${event.orderingKey}`;
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
      if (taken.has(keyOf(draft))) return true;
      taken.add(keyOf(draft));
      return false;
    },
    seqOf(draft: DeliveryDraft): number {
      const { numbers } = tx.node;
      const seq = numbers.next("delivery", draft.acceptedAt);
      if (draft.event.orderingKey === null) return seq;
      const before = last.get(keyOf(draft)) ?? 0;
      const behind = seq > before ? seq : numbers.next("delivery", instantOf(before) + MINUTE_MS);
      last.set(keyOf(draft), behind);
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
