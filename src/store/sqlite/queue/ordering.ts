/**
 * The order of deliveries with the same ordering key at one endpoint. The first pending one has a due time.
 * Those behind it have none, so no claim sees them. When one leaves `pending`, or leaves the order, the first
 * of the remaining ones gets its time. Each step is one search in the index `delivery_keyed`, however many
 * wait behind.
 */
import type { Connection } from "../connection.ts";
import { addDue } from "./endpoint-queue.ts";
import type { Writer } from "../thread/writer-types.ts";

/** True when an earlier delivery of this key is still pending, so that a new one has to wait. */
export function hasPredecessor({ sql }: Connection, endpointSeq: number, key: string): boolean {
  return head(sql, endpointSeq, key) !== undefined;
}

/**
 * Gives the delivery that is now first its due time; true when it did. Called after any delivery has left the
 * order.
 */
export function releaseNext(
  writer: Writer,
  p: { endpointSeq: number; orderingKey: string; now: number },
): boolean {
  const first = head(writer.sql, p.endpointSeq, p.orderingKey);
  // The first one may have its time already: `skipAfter` released it, or another one was first.
  if (first === undefined || first["dueAt"] !== null) return false;
  const dueAt = Math.max(p.now, first["baseAt"] as number);
  writer.sql("UPDATE delivery SET dueAt = ? WHERE seq = ?").run(dueAt, first["seq"] as number);
  addDue(writer, p.endpointSeq, dueAt);
  return true;
}

/** Makes waiting deliveries due whose `skipAt` has passed, and notes their endpoints. */
export function skipOverdue(
  writer: Writer,
  p: { now: number; limit: number },
): { readonly due: readonly string[] } {
  const rows = writer
    .sql(
      `SELECT seq, endpointSeq FROM delivery
        WHERE state = 0 AND dueAt IS NULL AND skipAt <= ? ORDER BY skipAt LIMIT ?`,
    )
    .all(p.now, p.limit);
  const due = new Set<string>();
  for (const row of rows) {
    const endpointSeq = row["endpointSeq"] as number;
    writer.sql("UPDATE delivery SET dueAt = ? WHERE seq = ?").run(p.now, row["seq"] as number);
    addDue(writer, endpointSeq, p.now);
    const endpoint = writer.state.endpointBySeq(endpointSeq);
    if (endpoint !== null) due.add(endpoint.endpointId);
  }
  return { due: [...due] };
}

function head(
  sql: Connection["sql"],
  endpointSeq: number,
  key: string,
): Record<string, unknown> | undefined {
  return sql(
    `SELECT seq, dueAt, baseAt FROM delivery
      WHERE state = 0 AND orderingKey IS NOT NULL AND endpointSeq = ? AND orderingKey = ?
      ORDER BY seq LIMIT 1`,
  ).get(endpointSeq, key);
}
