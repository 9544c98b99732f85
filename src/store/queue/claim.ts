/**
 * The deliveries of each endpoint that a claim leases: a few searches, each at one end of the due deliveries.
 * So the time of a claim does not depend on the number in between (I4).
 */
import type { QueueStore } from "../interface/queue.ts";
import type { Steps } from "../session.ts";
import type { QueueEndpoint } from "./queue-endpoint.ts";
import type { FencedEndpoints } from "./queue-statements.ts";

/** An endpoint of a claim, with the fence of its shard. */
export type Asked = {
  readonly endpointSeq: number;
  readonly fence: number;
  readonly room: number;
  /** Next probe of an open breaker; null while it is closed. */
  readonly probeAt: number | null;
};
export type DueRow = { readonly seq: number; readonly eventSeq: number; readonly bytes: number };
/** Finds up to `limit` due deliveries of each endpoint that are not leased. */
export type DueSearch<Row extends DueRow> = (p: {
  readonly from: "oldest" | "newest";
  readonly asked: readonly (Asked & { readonly limit: number })[];
  readonly now: number;
}) => Steps<ReadonlyMap<number, readonly Row[]>>;

export type Picked<Row extends DueRow> = {
  /** By endpoint, each in the order in which they became due. */
  readonly rows: ReadonlyMap<number, readonly Row[]>;
  /** Endpoints with more due deliveries than were picked. */
  readonly more: readonly number[];
};

/** Share of the room for the oldest when more is due than fits; the rest is for the newest. */
const OLDEST_SHARE = 1 / 4;
/** Payload bytes that one claim takes for one endpoint; the next claim takes the rest. */
const CLAIM_BYTES = 4 * 1024 * 1024;

/**
 * Behind an open breaker the oldest delivery is the probe, once its time has come. `search` finds none while
 * another delivery is leased.
 */
function* pickDue<Row extends DueRow>(
  search: DueSearch<Row>,
  asked: readonly Asked[],
  now: number,
): Steps<Picked<Row>> {
  const may = asked.filter(({ probeAt, room }) => probeAt === null || (probeAt <= now && room > 0));
  const oldest = yield* search({ from: "oldest", asked: may.map(withFirstLimit), now });
  const overfull = may.filter(
    ({ endpointSeq, room, probeAt }) =>
      probeAt === null && (oldest.get(endpointSeq)?.length ?? 0) > room,
  );
  if (overfull.length === 0) return fitBytes(asked, oldest, new Set());
  const newest = yield* search({
    from: "newest",
    asked: overfull.map((one) => ({ ...one, limit: one.room - sizeOfOldest(one.room) })),
    now,
  });
  const rows = new Map(oldest);
  for (const { endpointSeq, room } of overfull) {
    const first = (oldest.get(endpointSeq) ?? []).slice(0, sizeOfOldest(room));
    rows.set(endpointSeq, [...first, ...(newest.get(endpointSeq) ?? []).toReversed()]);
  }
  return fitBytes(asked, rows, new Set(overfull.map(({ endpointSeq }) => endpointSeq)));
}

/** One more than fits, to see whether more is due; exactly one for a probe. */
function withFirstLimit(one: Asked): Asked & { readonly limit: number } {
  return { ...one, limit: one.probeAt === null ? one.room + 1 : 1 };
}

function sizeOfOldest(room: number): number {
  return Math.ceil(room * OLDEST_SHARE);
}

/** An event with several of the deliveries counts once. */
function fitBytes<Row extends DueRow>(
  asked: readonly Asked[],
  picked: ReadonlyMap<number, readonly Row[]>,
  overfull: ReadonlySet<number>,
): Picked<Row> {
  const more: number[] = [];
  const fitting = new Map<number, readonly Row[]>();
  const carried = new Set<number>();
  for (const { endpointSeq } of asked) {
    const rows = picked.get(endpointSeq) ?? [];
    let bytes = 0;
    let count = 0;
    for (const row of rows) {
      if (bytes > CLAIM_BYTES) break;
      if (!carried.has(row.eventSeq)) bytes += row.bytes;
      carried.add(row.eventSeq);
      count += 1;
    }
    fitting.set(endpointSeq, count === rows.length ? rows : rows.slice(0, count));
    if (count < rows.length || overfull.has(endpointSeq)) more.push(endpointSeq);
  }
  return { rows: fitting, more };
}

/** The statements of a claim. `Leased` are its deliveries in the form of the database. */
export type ClaimStatements<Row extends DueRow, Endpoint extends QueueEndpoint, Leased> = {
  /** The endpoints of the claim. Leases that are valid stay so until the transaction ends. */
  load(): Steps<FencedEndpoints<Endpoint>>;
  /** Whether the shard is leased to the claiming owner. */
  isHeld(endpoint: Endpoint): boolean;
  /** Keeps other transactions from moving these endpoints in the queue; returns the probes of open breakers. */
  lockPlaces(own: ReadonlyMap<number, Endpoint>): Steps<(endpoint: Endpoint) => number | null>;
  search: DueSearch<Row>;
  /** Leases the rows, and computes the places of all these endpoints in the queue. */
  lease(
    rows: ReadonlyMap<number, readonly Row[]>,
    own: ReadonlyMap<number, Endpoint>,
  ): Steps<Leased>;
  nothing: Leased;
};

/** Leases due deliveries of enabled endpoints whose shard the owner holds, in the requested order. */
export function* claim<Row extends DueRow, Endpoint extends QueueEndpoint, Leased>(
  c: ClaimStatements<Row, Endpoint, Leased>,
  p: Parameters<QueueStore["claim"]>[0],
): Steps<{ leased: Leased; more: readonly string[] }> {
  const { find, fence } = yield* c.load();
  const own = new Map<number, Endpoint>();
  const rooms = new Map<number, number>();
  for (const { endpointId, room } of p.endpoints) {
    const endpoint = find(endpointId);
    if (endpoint?.status !== "enabled" || !c.isHeld(endpoint)) continue;
    own.set(endpoint.seq, endpoint);
    rooms.set(endpoint.seq, room);
  }
  if (own.size === 0) return { leased: c.nothing, more: [] };
  const findProbe = yield* c.lockPlaces(own);
  const asked = [...own.values()].map((endpoint) => ({
    endpointSeq: endpoint.seq,
    fence: fence(endpoint.shard) as number,
    room: rooms.get(endpoint.seq) as number,
    probeAt: findProbe(endpoint),
  }));
  const { rows, more } = yield* pickDue(c.search, asked, p.now);
  const leased = yield* c.lease(rows, own);
  return { leased, more: more.flatMap((seq) => own.get(seq)?.endpointId ?? []) };
}

/** The page of due endpoints, and the time of the next poll. `rows` come soonest first. */
export function pageDue(
  rows: Iterable<{ readonly endpointId: string; readonly nextDueAt: number }>,
  p: { readonly now: number; readonly limit: number },
): { readonly endpointIds: readonly string[]; readonly nextDueAt: number | null } {
  const endpointIds: string[] = [];
  for (const { endpointId, nextDueAt } of rows) {
    if (nextDueAt > p.now || endpointIds.length === p.limit) return { endpointIds, nextDueAt };
    endpointIds.push(endpointId);
  }
  return { endpointIds, nextDueAt: null };
}
