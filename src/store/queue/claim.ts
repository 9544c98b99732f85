/**
 * The deliveries of each endpoint that a claim leases: a few searches, each at one end of the due deliveries.
 * So the time of a claim does not depend on the number in between (I4).
 */
import type { QueueStore } from "../interface/queue.ts";
import type { Steps } from "../session.ts";
import type { QueueEndpoint } from "./queue-endpoint.ts";
import { createLeasedCounts, type LeasedView } from "./leased-counts.ts";
import { addViews, countClaimable, hasShare, type LeaseRoom } from "./lease-room.ts";
import type { FencedEndpoints } from "./queue-statements.ts";

type DueEndpoints = Awaited<ReturnType<QueueStore["dueEndpoints"]>>;

/** An endpoint of a claim, with the fence of its shard. */
export type Asked = {
  readonly endpointSeq: number;
  readonly fence: number;
  /** How many deliveries its lane can take, at most the share of its application. */
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
  /** Endpoints with more due deliveries than were picked for their lanes. */
  readonly more: readonly number[];
};

/** Counts a picked delivery as leased. Returns false when its application has no share left. */
type TakeShare = (endpointSeq: number, bytes: number) => boolean;

const HELD_BACK = { isHeldBack: true } as const;
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
  p: { readonly now: number; readonly takeShare: TakeShare },
): Steps<Picked<Row>> {
  const { now } = p;
  const may = asked.filter(({ probeAt, room }) => room > 0 && (probeAt === null || probeAt <= now));
  const oldest = yield* search({ from: "oldest", asked: may.map(withFirstLimit), now });
  const overfull = may.filter(
    ({ endpointSeq, room, probeAt }) =>
      probeAt === null && (oldest.get(endpointSeq)?.length ?? 0) > room,
  );
  if (overfull.length === 0) return fitBytes(asked, oldest, new Set(), p.takeShare);
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
  return fitBytes(
    asked,
    rows,
    new Set(overfull.map(({ endpointSeq }) => endpointSeq)),
    p.takeShare,
  );
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
  takeShare: TakeShare,
): Picked<Row> {
  const more: number[] = [];
  const fitting = new Map<number, readonly Row[]>();
  const carried = new Set<number>();
  for (const { endpointSeq } of asked) {
    const rows = picked.get(endpointSeq) ?? [];
    let bytes = 0;
    let count = 0;
    let hasShare = true;
    for (const row of rows) {
      if (bytes > CLAIM_BYTES) break;
      hasShare = takeShare(endpointSeq, row.bytes);
      if (!hasShare) break;
      if (!carried.has(row.eventSeq)) bytes += row.bytes;
      carried.add(row.eventSeq);
      count += 1;
    }
    fitting.set(endpointSeq, count === rows.length ? rows : rows.slice(0, count));
    if (hasShare && (count < rows.length || overfull.has(endpointSeq))) more.push(endpointSeq);
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
  /** The leases of this node. */
  leased: LeasedView;
  room: LeaseRoom;
};

/**
 * Leases due deliveries of enabled endpoints whose shard the owner holds, in the requested order. `more` does
 * not name an endpoint whose application has no share left: `dueEndpoints` finds it again.
 */
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
  /** Endpoints whose application has a smaller share than their lanes have room. */
  const short = new Set<number>();
  const asked = [...own.values()].map((endpoint) => {
    const { seq: endpointSeq, appSeq } = endpoint;
    const wanted = rooms.get(endpointSeq) as number;
    const room = countClaimable(c.leased, c.room, { appSeq, wanted });
    if (room < wanted) short.add(endpointSeq);
    const shardFence = fence(endpoint.shard) as number;
    return { endpointSeq, fence: shardFence, room, probeAt: findProbe(endpoint) };
  });
  const takeShare = createShares(c, own, fence);
  const { rows, more } = yield* pickDue(c.search, asked, { now: p.now, takeShare });
  const leased = yield* c.lease(rows, own);
  const ids = more.flatMap((seq) => (short.has(seq) ? [] : (own.get(seq)?.endpointId ?? [])));
  return { leased, more: ids };
}

/** Counts the deliveries that the claim picks, one by one, with those that are leased already. */
function createShares(
  c: { readonly leased: LeasedView; readonly room: LeaseRoom },
  own: ReadonlyMap<number, QueueEndpoint>,
  fence: (shard: number) => number | undefined,
): TakeShare {
  const picked = createLeasedCounts();
  const view = addViews(c.leased, picked);
  return (endpointSeq, bytes) => {
    const endpoint = own.get(endpointSeq) as QueueEndpoint;
    if (!hasShare(view, c.room, endpoint.appSeq)) return false;
    picked.add(endpoint, fence(endpoint.shard) as number, 1, bytes);
    return true;
  };
}

/**
 * The page of due endpoints, and the time of the next poll. `rows` come soonest first, without those of
 * applications that have no share of the leases left.
 */
export function pageDue(
  rows: Iterable<{ readonly endpointId: string; readonly nextDueAt: number }>,
  p: { readonly now: number; readonly limit: number; readonly isHeldBack: boolean },
): DueEndpoints {
  const more = p.isHeldBack ? HELD_BACK : undefined;
  const endpointIds: string[] = [];
  for (const { endpointId, nextDueAt } of rows) {
    if (nextDueAt > p.now || endpointIds.length === p.limit) {
      return { endpointIds, nextDueAt, ...more };
    }
    endpointIds.push(endpointId);
  }
  return { endpointIds, nextDueAt: null, ...more };
}
