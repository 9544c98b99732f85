/**
 * Level one of the queue: one row per endpoint that has work with a due time and no lease. Its
 * `nextDueAt` is never later than the earliest such delivery; it may be earlier, and then a claim
 * that finds nothing puts it right. Endpoints that are not enabled have no row. Behind an open
 * breaker it is never before the next probe, and while something of the endpoint is leased (the
 * probe, or what had left before) there is no row at all: whatever ends that lease puts it back.
 */
import type { CachedEndpoint } from "./writer-state.ts";
import type { Writer } from "./writer-types.ts";

/** The endpoint has a delivery due at `dueAt`; its owner is woken after the commit. */
export function addDue(writer: Writer, endpointSeq: number, dueAt: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (endpoint === null || endpoint.status !== "enabled") return;
  const { probeAt } = endpoint;
  if (probeAt !== null && hasLeased(writer, endpoint)) return;
  const { changes } = writer
    .sql(
      `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt
        WHERE excluded.nextDueAt < nextDueAt`,
    )
    .run(endpointSeq, endpoint.shard, Math.max(dueAt, probeAt ?? dueAt));
  // Half of all events may be for an endpoint whose breaker is open, and its owner knows of it.
  if (probeAt !== null && changes === 0) return;
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}

/**
 * Looks the endpoint's next due time up and writes it, or drops the row when nothing is due any
 * more. Deliveries leased under the shard's present fence are passed over; there are few.
 */
export function refreshQueue(writer: Writer, endpointSeq: number): number | null {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  const nextDueAt =
    endpoint === null || endpoint.status !== "enabled" ? null : nextDue(writer, endpoint);
  if (endpoint === null || nextDueAt === null) {
    writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(endpointSeq);
    return null;
  }
  writer
    .sql(
      `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt`,
    )
    .run(endpointSeq, endpoint.shard, nextDueAt);
  return nextDueAt;
}

/** All that waits at the endpoint may be due now, and the owner is woken. */
export function requeueEndpoint(writer: Writer, endpointSeq: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (refreshQueue(writer, endpointSeq) === null || endpoint === null) return;
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}

/** Whether anything of the endpoint is leased to the present owner of its shard. */
export function hasLeased(writer: Writer, endpoint: CachedEndpoint): boolean {
  const fence = writer.state.shards()[endpoint.shard]?.fence;
  return fence !== undefined && writer.state.leased(endpoint.seq, fence) > 0;
}

function nextDue(writer: Writer, endpoint: CachedEndpoint): number | null {
  const { probeAt } = endpoint;
  if (probeAt !== null && hasLeased(writer, endpoint)) return null;
  const fence = writer.state.shards()[endpoint.shard]?.fence;
  // The partial index delivery_due is in the order asked for, so this stops at the first row.
  const row = writer
    .sql(
      `SELECT dueAt FROM delivery
        WHERE endpointSeq = ? AND state = 0 AND dueAt IS NOT NULL AND fence IS NOT ?
        ORDER BY dueAt LIMIT 1`,
    )
    .get(endpoint.seq, fence ?? 0);
  if (row === undefined) return null;
  const dueAt = row["dueAt"] as number;
  return Math.max(dueAt, probeAt ?? dueAt);
}
