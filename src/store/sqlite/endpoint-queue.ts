/**
 * Level one of the queue: one row per endpoint that has work with a due time and no lease. Its
 * `nextDueAt` is never later than the earliest such delivery; it may be earlier, and then a claim
 * that finds nothing puts it right. Endpoints that are not enabled have no row.
 */
import type { Writer } from "./writer-types.ts";

/** The endpoint has a delivery due at `dueAt`; its owner is woken after the commit. */
export function addDue(writer: Writer, endpointSeq: number, dueAt: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (endpoint === null || endpoint.status !== "enabled") return;
  writer
    .sql(
      `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt
        WHERE excluded.nextDueAt < nextDueAt`,
    )
    .run(endpointSeq, endpoint.shard, dueAt);
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}

/**
 * Looks the endpoint's next due time up and writes it, or drops the row when nothing is due any
 * more. Deliveries leased under the shard's present fence are passed over; there are few.
 */
export function refreshQueue(writer: Writer, endpointSeq: number): number | null {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  const fence = endpoint === null ? 0 : writer.state.shards()[endpoint.shard]?.fence;
  // The partial index delivery_due is in the order asked for, so this stops at the first row.
  const row = writer
    .sql(
      `SELECT dueAt FROM delivery
        WHERE endpointSeq = ? AND state = 0 AND dueAt IS NOT NULL AND fence IS NOT ?
        ORDER BY dueAt LIMIT 1`,
    )
    .get(endpointSeq, fence ?? 0);
  if (row === undefined || endpoint === null || endpoint.status !== "enabled") {
    writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(endpointSeq);
    return null;
  }
  const nextDueAt = row["dueAt"] as number;
  writer
    .sql(
      `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = excluded.nextDueAt`,
    )
    .run(endpointSeq, endpoint.shard, nextDueAt);
  return nextDueAt;
}

/** After an endpoint was enabled: what was parked is due again, and the owner is woken. */
export function requeueEndpoint(writer: Writer, endpointSeq: number): void {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (refreshQueue(writer, endpointSeq) === null || endpoint === null) return;
  writer.noteDue({ endpointId: endpoint.endpointId, shard: endpoint.shard });
}
