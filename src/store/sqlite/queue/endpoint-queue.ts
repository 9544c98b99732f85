/** Level one of the queue; `next-due-at.ts` has the rule of its rows. */
import { nextDueAt } from "../../queue/next-due-at.ts";
import type { QueuePlace } from "../../queue/queue-statements.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

const LOWER = `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
  ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt
  WHERE excluded.nextDueAt < nextDueAt`;

/** The endpoint has a delivery due at `dueAt`; its owner is woken after the commit. */
export function addDue(writer: Writer, endpointSeq: number, dueAt: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (endpoint === null) return;
  const at = nextDueAt(endpoint, { dueAt, hasLeased: () => hasLeased(writer, endpoint) });
  if (at === null) return;
  const { changes } = writer.sql(LOWER).run(endpointSeq, endpoint.shard, at);
  // Half of all events may be for an endpoint with an open breaker, and its owner knows of it.
  if (endpoint.probeAt !== null && changes === 0) return;
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}

/**
 * Finds the endpoint's next due time and writes it, or deletes the row when nothing is due. Deliveries leased
 * under the shard's current fence are skipped; there are few.
 */
export function refreshQueue(writer: Writer, endpointSeq: number): number | null {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  const at = endpoint === null ? null : findNextDueAt(writer, endpoint);
  if (endpoint === null || at === null) {
    writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(endpointSeq);
    return null;
  }
  writer
    .sql(
      `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt`,
    )
    .run(endpointSeq, endpoint.shard, at);
  return at;
}

/** Makes all waiting work of the endpoint visible, which may be due now, and wakes the owner. */
export function requeueEndpoint(writer: Writer, endpointSeq: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (refreshQueue(writer, endpointSeq) === null || endpoint === null) return;
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}

/** Adds the rows, or moves them to an earlier time. The owners are woken. */
export function addPlaces(writer: Writer, places: readonly QueuePlace[]): void {
  for (const { endpointSeq, endpointId, shard, nextDueAt: at } of places) {
    writer.sql(LOWER).run(endpointSeq, shard, at);
    writer.noteDue({ endpointId, shard });
  }
}

/** True when a delivery of the endpoint is leased to the current owner of its shard. */
function hasLeased(writer: Writer, endpoint: CachedEndpoint): boolean {
  const fence = writer.state.shards()[endpoint.shard]?.fence;
  return fence !== undefined && writer.state.leased.ofEndpoint(endpoint.seq, fence) > 0;
}

function findNextDueAt(writer: Writer, endpoint: CachedEndpoint): number | null {
  if (endpoint.status !== "enabled") return null;
  const fence = writer.state.shards()[endpoint.shard]?.fence;
  // The partial index delivery_due has the requested order, so the query stops at the first row.
  const row = writer
    .sql(
      `SELECT dueAt FROM delivery
        WHERE endpointSeq = ? AND state = 0 AND dueAt IS NOT NULL AND fence IS NOT ?
        ORDER BY dueAt LIMIT 1`,
    )
    .get(endpoint.seq, fence ?? 0);
  if (row === undefined) return null;
  const dueAt = row["dueAt"] as number;
  return nextDueAt(endpoint, { dueAt, hasLeased: () => hasLeased(writer, endpoint) });
}
