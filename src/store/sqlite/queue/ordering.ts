/** Statements for the order of deliveries (`store/queue/ordering.ts`). */
import type { Due, DueDelivery } from "../../queue/due.ts";
import { pendingOfKeySql } from "../../queue/ordering.ts";
import type { FirstOfKey, OrderKey } from "../../queue/queue-statements.ts";
import type { Connection } from "../connection.ts";
import { toText } from "../session.ts";

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
  return sql(FIND_FIRST).get(endpointSeq, key) as FirstOfKey | undefined;
}

const FIND_FIRST = toText(
  `SELECT seq, endpoint_seq, due_at, base_at FROM delivery
   WHERE ${pendingOfKeySql("?1", "?2")} ORDER BY seq LIMIT 1`,
);
