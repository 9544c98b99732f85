/** How statements over ranges of row ids are planned. */
import type { Connection } from "../connection.ts";

/**
 * From here to the end of the transaction, each statement is planned for its values. A range of row ids
 * contains a few rows or many days. One plan for all ranges assumes a few rows: it reads every day of the
 * range, sorts, and only then stops at its limit. A plan for the values reads the days one after the other
 * and stops there (seen 2026-11-23, ten days of 100,000 deliveries).
 */
export async function planByValues(connection: Connection): Promise<void> {
  await connection.sql("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)");
}
