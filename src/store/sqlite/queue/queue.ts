/**
 * Due work: finds endpoints with due work and leases it to the owner of their shard. A claim searches
 * `delivery_due` at one endpoint, so its time does not depend on any backlog (I4).
 */
import type { QueueStore } from "../../interface/queue.ts";
import { endPending } from "./end-pending.ts";
import { addDue, refreshQueue, requeueEndpoint } from "./endpoint-queue.ts";
import { isDamaged, type CheckedRow } from "../maintenance/event-checksum.ts";
import type { DeliveryWire, EventWire, LeasedWire } from "../thread/leased-wire.ts";
import { pickDue, type DueRow } from "./pick-due.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

type Params<M extends keyof QueueStore> = Parameters<QueueStore[M]>[0];
/** Rows examined per call in addition to the requested ones: foreign shards, full lanes, parked endpoints. */
const EXAMINED_LIMIT = 20_000;

export function dueEndpoints(
  writer: Writer,
  p: Params<"dueEndpoints">,
): { endpointIds: readonly string[]; nextDueAt: number | null } {
  const except = new Set(p.except);
  const endpointIds: string[] = [];
  const parked: number[] = [];
  let nextDueAt: number | null = null;
  const rows = writer
    .sql("SELECT endpointSeq, shard, nextDueAt FROM endpointQueue ORDER BY nextDueAt LIMIT ?")
    .iterate(EXAMINED_LIMIT);
  for (const row of rows) {
    if (!isHeldBy(writer, row["shard"] as number, p.owner)) continue;
    const endpoint = writer.state.endpointBySeq(row["endpointSeq"] as number);
    if (endpoint === null || endpoint.status !== "enabled") {
      parked.push(row["endpointSeq"] as number);
      continue;
    }
    if (except.has(endpoint.endpointId)) continue;
    const dueAt = row["nextDueAt"] as number;
    if (dueAt > p.now || endpointIds.length === p.limit) {
      nextDueAt = dueAt;
      break;
    }
    endpointIds.push(endpoint.endpointId);
  }
  // Enabling restores them; until then no later call has to skip them.
  for (const seq of parked) writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(seq);
  return { endpointIds, nextDueAt };
}

/** Maximum of payload bytes that one claim takes for one endpoint; the next claim takes the others. */
const CLAIM_BYTES = 4 * 1024 * 1024;

export function claim(
  writer: Writer,
  p: Params<"claim">,
): { leased: LeasedWire; more: readonly string[] } {
  const leased = { events: [] as EventWire[], deliveries: [] as DeliveryWire[] };
  const more: string[] = [];
  const places = new Map<number, number>();
  for (const { endpointId, room } of p.endpoints) {
    const endpoint = writer.state.endpoint(endpointId);
    if (endpoint === null || endpoint.status !== "enabled") continue;
    if (!isHeldBy(writer, endpoint.shard, p.owner)) continue;
    const { rows, hasMore } = pickDue(writer, endpoint, { now: p.now, room });
    if (hasMore) more.push(endpointId);
    const fence = loadFence(writer, endpoint);
    let bytes = 0;
    let count = 0;
    for (const row of rows) {
      if (bytes > CLAIM_BYTES) {
        if (more.at(-1) !== endpointId) more.push(endpointId);
        break;
      }
      let place = places.get(row.eventSeq);
      if (place === undefined) {
        const event = readEvent(writer, row.eventSeq);
        if (event === null) {
          endDamaged(writer, endpoint, { row, now: p.now });
          continue;
        }
        bytes += String(event[3]).length;
        place = leased.events.push(event) - 1;
        places.set(row.eventSeq, place);
      }
      writer.sql("UPDATE delivery SET fence = ? WHERE seq = ?").run(fence, row.seq);
      leased.deliveries.push(toWire(p.owner, endpoint, { row, place, fence }));
      count += 1;
    }
    if (count > 0) writer.state.addLeased(endpoint.seq, fence, count);
    refreshQueue(writer, endpoint.seq);
  }
  return { leased, more };
}

export function release(writer: Writer, p: Params<"release">): void {
  const behindBreaker = new Set<number>();
  for (const { deliveryId, endpointId, fence } of p.deliveries) {
    const endpoint = writer.state.endpoint(endpointId);
    if (endpoint === null || loadFence(writer, endpoint) !== fence) continue;
    const row = writer
      .sql(
        `UPDATE delivery SET fence = NULL, dueAt = coalesce(?, dueAt)
          WHERE seq = ? AND fence = ? AND state = 0 RETURNING dueAt`,
      )
      .get(p.dueAt, deliveryId, fence);
    if (row === undefined) continue;
    writer.state.addLeased(endpoint.seq, fence, -1);
    if (endpoint.probeAt === null) addDue(writer, endpoint.seq, row["dueAt"] as number);
    else behindBreaker.add(endpoint.seq);
  }
  for (const endpointSeq of behindBreaker) requeueEndpoint(writer, endpointSeq);
}

export function isHeldBy(writer: Writer, shard: number, owner: string): boolean {
  const row = writer.state.shards()[shard];
  return row !== undefined && row.owner === owner && row.leaseUntil > writer.leaseNow();
}

export function loadFence(writer: Writer, endpoint: CachedEndpoint): number {
  return writer.state.shards()[endpoint.shard]?.fence as number;
}

/** Content that the disk has altered is never signed and sent; `hookline check` names the event. */
function endDamaged(
  writer: Writer,
  { seq: endpointSeq, appSeq }: CachedEndpoint,
  { row, now }: { row: DueRow; now: number },
): void {
  const { seq, orderingKey } = row;
  const pending = { seq, endpointSeq, appSeq, fence: null, orderingKey };
  endPending(writer, pending, { state: "failed", reason: "content_damaged", now });
}

/** Null when the content differs from the accepted one. */
function readEvent(writer: Writer, eventSeq: number): EventWire | null {
  const row = writer
    .sql(
      `SELECT event.id, app.id AS appId, type, payload, contentType, occurredAt, acceptedAt, participants,
          checksum
        FROM event JOIN app ON app.seq = event.appSeq WHERE event.seq = ?`,
    )
    .get(eventSeq);
  if (row === undefined)
    throw new Error(`a pending delivery refers to the missing event ${eventSeq}`);
  if (isDamaged(row as CheckedRow)) return null;
  return [
    row["id"] as string,
    row["appId"] as string,
    row["type"] as string,
    (row["payload"] ?? "") as string,
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
    // The schedule stopped while the endpoint was parked.
    row.baseAt + endpoint.parkedMs - row.parkedMs,
    row.dueAt,
    row.manual === 1,
    endpoint.probeAt !== null,
  ];
}
