/** The check of a database: the recount of its deliveries, its daily tables and its indexes. */
import { check as checkStore, MOST_NAMED, type Checked } from "../../maintenance/check.ts";
import type { PlaceRange } from "../../paging.ts";
import { DAY_MS, firstRowId } from "../accept/row-ids.ts";
import type { Connection } from "../connection.ts";
import { runSteps, toSession, wait } from "../session.ts";
import type { Reader } from "../types.ts";
import { DAILY_TABLES, listDays } from "./partitions.ts";

/** An operator waits for the recount, and all other work continues: a long day may take this long. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;

const IS_FORWARDED = "EXISTS (SELECT FROM handover WHERE handover.delivery_seq = delivery.seq)";

export async function check(reader: Reader): Promise<Checked> {
  await reader.run(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
  // The locks come before the first query, which fixes the moment: no day that it sees may be dropped.
  await reader.run("LOCK TABLE delivery, event IN ACCESS SHARE MODE");
  return await runSteps(
    checkStore(toSession(reader), {
      ranges: wait(() => listRanges(reader)),
      isForwarded: IS_FORWARDED,
      damage: wait(() => findDetached(reader)),
    }),
  );
}

/** One day at a time, so that each statement meets its deadline. */
async function listRanges(connection: Connection): Promise<readonly PlaceRange[]> {
  const days = await listDays(connection, "delivery");
  return days.map((day) => ({ low: firstRowId(day), high: firstRowId(day + DAY_MS) }));
}

/** Lookups by row id miss rows in the table of a wrong day; invalid indexes miss rows as well. */
async function findDetached(connection: Connection): Promise<string[]> {
  const problems: string[] = [];
  const tables = await connection.sql<{ name: string; bounds: string | null }>(
    `SELECT relname AS name, CASE WHEN relispartition THEN pg_get_expr(relpartbound, oid) END AS bounds
     FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
  );
  const boundsByTable = new Map(tables.map(({ name, bounds }) => [name, bounds]));
  for (const table of DAILY_TABLES) {
    const ofTable = new RegExp(`^${table}_(\\d{4})_(\\d\\d)_(\\d\\d)$`);
    for (const [name, bounds] of boundsByTable) {
      const date = ofTable.exec(name)?.slice(1).join("-");
      if (date === undefined) continue;
      const day = Date.parse(date);
      if (bounds === boundsText(day)) continue;
      problems.push(`The table ${name} is not attached to ${table} as the partition of its day.`);
    }
  }
  const indexes = await connection.sql<{ name: string }>(
    `SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace ORDER BY relname LIMIT $1`,
    [MOST_NAMED],
  );
  return [...problems, ...indexes.map(({ name }) => `The index ${name} is not valid.`)];
}

/** The bounds as PostgreSQL prints them. */
function boundsText(day: number): string {
  return `FOR VALUES FROM ('${firstRowId(day)}') TO ('${firstRowId(day + DAY_MS)}')`;
}
