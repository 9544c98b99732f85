/**
 * Due work: finds endpoints with due work and leases it to the owner of their shard. A claim searches
 * `delivery_due` at one endpoint, so its time does not depend on any backlog (I4).
 */
import type { QueueStore } from "../../interface/queue.ts";
import type { Due } from "../../queue/due.ts";
import { claim as claimDue, pageDue } from "../../queue/claim.ts";
import { listWithoutShare } from "../../queue/lease-room.ts";
import { scheduleStart } from "../../queue/queue-endpoint.ts";
import type { FencedEndpoints } from "../../queue/queue-statements.ts";
import {
  endUndeliverable,
  findObstacle,
  type Obstacle,
  type Undeliverable,
} from "../../queue/undeliverable.ts";
import { refreshQueue } from "./endpoint-queue.ts";
import { isDamaged, type CheckedRow } from "../maintenance/event-checksum.ts";
import type { DeliveryWire, EventWire, LeasedWire } from "../thread/leased-wire.ts";
import { searchDue, type DueRow } from "./pick-due.ts";
import { now, runNow } from "../session.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

type Params<M extends keyof QueueStore> = Parameters<QueueStore[M]>[0];
/** Rows examined per call in addition to the requested ones: foreign shards, full lanes, parked endpoints. */
const EXAMINED_LIMIT = 20_000;

export function dueEndpoints(
  writer: Writer,
  p: Params<"dueEndpoints">,
): Awaited<ReturnType<QueueStore["dueEndpoints"]>> {
  const except = new Set(p.except);
  const parked: number[] = [];
  const { leased } = writer.state;
  const heldBack = new Set(listWithoutShare(leased, writer.leaseRoom));
  const rows = queued(writer, { owner: p.owner, except, heldBack, parked });
  const found = pageDue(rows, { ...p, isHeldBack: heldBack.size > 0 });
  // Enabling restores them; until then no later call has to skip them.
  for (const seq of parked) writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(seq);
  return found;
}

/**
 * The owner's endpoints in the queue, soonest first. Those that are not enabled are added to `parked`, and
 * those of the applications in `heldBack` are left out.
 */
function* queued(
  writer: Writer,
  p: {
    owner: string;
    except: ReadonlySet<string>;
    heldBack: ReadonlySet<number>;
    parked: number[];
  },
): Generator<{ endpointId: string; nextDueAt: number }> {
  const rows = writer
    .sql("SELECT endpointSeq, shard, nextDueAt FROM endpointQueue ORDER BY nextDueAt LIMIT ?")
    .iterate(EXAMINED_LIMIT);
  for (const row of rows) {
    if (!isHeldBy(writer, row["shard"] as number, p.owner)) continue;
    const endpointSeq = row["endpointSeq"] as number;
    const endpoint = writer.state.endpointBySeq(endpointSeq);
    if (endpoint?.status !== "enabled") p.parked.push(endpointSeq);
    else if (!p.heldBack.has(endpoint.appSeq) && !p.except.has(endpoint.endpointId)) {
      yield { endpointId: endpoint.endpointId, nextDueAt: row["nextDueAt"] as number };
    }
  }
}

export function claim(
  writer: Writer,
  p: Params<"claim">,
): { leased: LeasedWire; more: readonly string[] } {
  return runNow(
    claimDue<DueRow, CachedEndpoint, LeasedWire>(
      {
        load: () => now(() => fencedEndpoints(() => writer)),
        isHeld: ({ shard }) => isHeldBy(writer, shard, p.owner),
        lockPlaces: () => now(() => findProbe),
        search: (given) => now(() => searchDue(writer, given)),
        lease: (rows, endpoints) =>
          now(() => {
            const leased = leaseRows(writer, rows, { ...p, endpoints });
            for (const endpointSeq of endpoints.keys()) refreshQueue(writer, endpointSeq);
            return leased;
          }),
        nothing: { events: [], deliveries: [] },
        leased: writer.state.leased,
        room: writer.leaseRoom,
      },
      p,
    ),
  );
}

function findProbe({ probeAt }: CachedEndpoint): number | null {
  return probeAt;
}

/** Deliveries of one event share its content. */
function leaseRows(
  writer: Writer,
  picked: ReadonlyMap<number, readonly DueRow[]>,
  p: { owner: string; now: number; endpoints: ReadonlyMap<number, CachedEndpoint> },
): LeasedWire {
  const leased = { events: [] as EventWire[], deliveries: [] as DeliveryWire[] };
  const lost: Undeliverable[] = [];
  const places = new Map<number, number>();
  const lease = writer.sql("UPDATE delivery SET fence = ? WHERE seq = ?");
  for (const [endpointSeq, endpoint] of p.endpoints) {
    const fence = loadFence(writer, endpoint);
    let count = 0;
    let bytes = 0;
    for (const row of picked.get(endpointSeq) ?? []) {
      let place = places.get(row.eventSeq);
      if (place === undefined) {
        const event = readEvent(writer, row.eventSeq);
        if (typeof event === "string") {
          const delivery = { ...row, endpointSeq, appSeq: endpoint.appSeq };
          lost.push({ delivery, reason: event });
          continue;
        }
        place = leased.events.push(event) - 1;
        places.set(row.eventSeq, place);
      }
      lease.run(fence, row.seq);
      leased.deliveries.push(toWire(p.owner, endpoint, { row, place, fence }));
      count += 1;
      bytes += row.bytes;
    }
    if (count > 0) writer.state.leased.add(endpoint, fence, count, bytes);
  }
  if (lost.length > 0) runNow(endUndeliverable(writer.session, lost, p.now));
  return leased;
}

export function releaseRows(
  writer: Writer,
  p: Params<"release">,
): readonly (Due & { readonly fence: number })[] {
  return p.deliveries.flatMap(({ deliveryId, endpointId, fence }) => {
    const endpoint = writer.state.endpoint(endpointId);
    if (endpoint === null || loadFence(writer, endpoint) !== fence) return [];
    const row = writer
      .sql(
        `UPDATE delivery SET fence = NULL, dueAt = coalesce(?, dueAt)
          WHERE seq = ? AND fence = ? AND state = 0 RETURNING dueAt`,
      )
      .get(p.dueAt, deliveryId, fence);
    if (row === undefined) return [];
    return [{ endpointSeq: endpoint.seq, dueAt: row["dueAt"] as number, fence }];
  });
}

function isHeldBy(writer: Writer, shard: number, owner: string): boolean {
  const row = writer.state.shards()[shard];
  return row !== undefined && row.owner === owner && row.leaseUntil > writer.leaseNow();
}

export function fencedEndpoints(toWriter: () => Writer): FencedEndpoints<CachedEndpoint> {
  return {
    find: (endpointId) => toWriter().state.endpoint(endpointId),
    fence: (shard) => toWriter().state.shards()[shard]?.fence,
  };
}

function loadFence(writer: Writer, endpoint: CachedEndpoint): number {
  return writer.state.shards()[endpoint.shard]?.fence as number;
}

function readEvent(writer: Writer, eventSeq: number): EventWire | Obstacle {
  const row = writer
    .sql(
      `SELECT event.id, app.id AS appId, type, payload, contentType, occurredAt, acceptedAt, participants,
          checksum
        FROM event JOIN app ON app.seq = event.appSeq WHERE event.seq = ?`,
    )
    .get(eventSeq);
  if (row === undefined)
    throw new Error(`a pending delivery refers to the missing event ${eventSeq}`);
  const obstacle = findObstacle(row, isDamaged(row as CheckedRow));
  if (obstacle !== null) return obstacle;
  return [
    row["id"] as string,
    row["appId"] as string,
    row["type"] as string,
    row["payload"] as string,
    row["contentType"] as string,
    row["occurredAt"] as number,
    row["acceptedAt"] as number,
    row["participants"] as string | null,
  ];
}

function toWire(
  owner: string,
  endpoint: CachedEndpoint,
  p: { row: DueRow; place: number; fence: number },
): DeliveryWire {
  const { row } = p;
  return [
    p.place,
    owner,
    row.seq,
    endpoint.endpointId,
    endpoint.version,
    endpoint.shard,
    p.fence,
    row.part,
    row.slot,
    row.attempts,
    scheduleStart(row, endpoint),
    row.dueAt,
    row.manual === 1,
    endpoint.probeAt !== null,
  ];
}
