/**
 * Checks that the database contains the data of the file. Both have the same number of rows in every table
 * and the same accounting per app, recounted row by row on both sides (I12).
 */
import { AppError } from "../../core/error.ts";
import { check } from "../postgres/maintenance/check.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Reader } from "../postgres/types.ts";
import { check as checkFile } from "../sqlite/maintenance/check.ts";
import type { Connection as SourceConnection } from "../sqlite/connection.ts";
import type { Accounting } from "../interface/upkeep.ts";
import type { CopyTarget } from "./target.ts";
import { COPIED_TABLES } from "./tables.ts";

export type Verified = {
  readonly apps: readonly Accounting[];
  /** Differences that the file already had; the copy has them as well. */
  readonly problems: readonly string[];
};

/** Refuses with `store_unavailable` and a sentence; then the file remains the store. */
export async function verify(
  target: CopyTarget,
  source: SourceConnection,
  counts: ReadonlyMap<string, number>,
): Promise<Verified> {
  const before = checkFile(source);
  return await target.writeLong(async (connection) => {
    // ANALYZE gives the planner statistics for the queries of the check.
    for (const { name } of COPIED_TABLES) {
      await connection.run(`ANALYZE ${name}`);
      await compareCounts(connection, name, counts.get(name) ?? 0);
    }
    const after = await check(connection as Reader);
    compareApps(before.apps, after.apps);
    const fresh = after.problems.find((problem) => !before.problems.includes(problem));
    if (fresh !== undefined) throw mismatch(fresh);
    return { apps: after.apps, problems: before.problems };
  });
}

async function compareCounts(
  connection: Connection,
  table: string,
  expected: number,
): Promise<void> {
  const [row] = await connection.sql<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  if (row?.count === expected) return;
  throw mismatch(`${table} has ${row?.count} rows instead of ${expected}.`);
}

function compareApps(before: readonly Accounting[], after: readonly Accounting[]): void {
  const byId = new Map(after.map((app) => [app.appId, app]));
  for (const app of before) {
    const copied = byId.get(app.appId);
    for (const name of Object.keys(app) as (keyof Accounting)[]) {
      if (copied?.[name] === app[name]) continue;
      throw mismatch(`${app.appId}: ${name} is ${copied?.[name]} instead of ${app[name]}.`);
    }
  }
}

function mismatch(what: string): AppError {
  return new AppError(
    "store_unavailable",
    `The copy differs from the file, so the file stays the store: ${what}`,
  );
}
