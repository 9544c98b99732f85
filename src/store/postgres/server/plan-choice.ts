/** Whether statements are planned for their values, or once for all values. */
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

/**
 * From here to the end of the transaction, each statement keeps its first plan. To plan a look-up for the tables of
 * thirty days takes several times as long as to run it.
 */
export async function planOnce(connection: Connection): Promise<void> {
  await connection.sql("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)");
}
