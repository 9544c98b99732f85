/**
 * Checks whether there is any work at all. An idle node asks this all the time, each time with a single
 * statement. A transaction begins only for work that was found.
 */
import type { Connection } from "../connection.ts";

/** Whether a delivery has waited long enough behind its ordering key. */
export async function isAnyOverdue(connection: Connection, now: number): Promise<boolean> {
  const [first] = await connection.sql<{ skipAt: number }>(
    `SELECT skip_at FROM delivery WHERE state = 0 AND due_at IS NULL ORDER BY skip_at LIMIT 1`,
  );
  return first !== undefined && first.skipAt <= now;
}

/** Whether a breaker is open, so that deliveries behind it may be past their time. */
export async function isAnyBreakerOpen(connection: Connection): Promise<boolean> {
  const rows = await connection.sql(
    "SELECT 1 FROM endpoint_state WHERE breaker = 'open' ORDER BY endpoint_seq LIMIT 1",
  );
  return rows.length > 0;
}
