/** Whether statements are planned for their values, or once for all values. */
import type { Connection } from "../connection.ts";

/**
 * A range of row ids contains a few rows or many days. One plan for all ranges assumes a few rows: it reads every day
 * of the range, sorts, and only then stops at its limit. A plan for the values reads the days one after the other
 * and stops there (seen 2026-11-23, ten days of 100,000 deliveries).
 *
 * A look-up has the same plan for all values. To plan it for the tables of thirty days takes several times as long as
 * to run it (2026-12-01).
 */
export type PlanChoice = keyof typeof MODES;

const MODES = { "by values": "force_custom_plan", once: "force_generic_plan" } as const;

/** From here to the next choice, or to the end of the transaction. */
export async function choosePlans(connection: Connection, choice: PlanChoice): Promise<void> {
  await connection.sql(`SELECT set_config('plan_cache_mode', '${MODES[choice]}', true)`);
}
