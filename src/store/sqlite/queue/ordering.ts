/**
 * The order of deliveries with the same ordering key at one endpoint. The first pending one has a due time.
 * Those behind it have none, so no claim sees them. Each step is one search in the index `delivery_keyed`,
 * however many wait behind.
 */
import type { Due, DueDelivery } from "../../queue/due.ts";
import type { FirstOfKey, OrderKey } from "../../queue/queue-statements.ts";
import type { Connection } from "../connection.ts";

/** True when an earlier delivery of this key is still pending, so that a new one has to wait. */
export function hasPredecessor({ sql }: Connection, endpointSeq: number, key: string): boolean {
  return findFirst(sql, endpointSeq, key) !== undefined;
}

export function findFirsts({ sql }: Connection, keys: readonly OrderKey[]): readonly FirstOfKey[] {
  return keys.flatMap(({ endpointSeq, orderingKey }) => {
    const row = findFirst(sql, endpointSeq, orderingKey);
    return row === undefined ? [] : [row];
  });
}

export function makeDue({ sql }: Connection, rows: readonly DueDelivery[]): readonly Due[] {
  return rows.filter(({ seq, dueAt }) => {
    const { changes } = sql(
      "UPDATE delivery SET dueAt = ? WHERE seq = ? AND state = 0 AND dueAt IS NULL",
    ).run(dueAt, seq);
    return changes === 1;
  });
}

function findFirst(
  sql: Connection["sql"],
  endpointSeq: number,
  key: string,
): FirstOfKey | undefined {
  return sql(
    `SELECT seq, endpointSeq, dueAt, baseAt FROM delivery
      WHERE state = 0 AND orderingKey IS NOT NULL AND endpointSeq = ? AND orderingKey = ?
      ORDER BY seq LIMIT 1`,
  ).get(endpointSeq, key) as FirstOfKey | undefined;
}
