/**
 * Moves a whole store from one file to PostgreSQL. Pending deliveries stay pending, with the same ids, bytes
 * and schedules, and the move loses nothing and sends nothing twice (I1, I2).
 *
 * The file is locked as a server locks it. Rows are copied in chunks, each committed with the progress of its
 * table, so that an interrupted copy continues. At every instant at most one of the two can be served: the
 * file until everything is copied, counted and checked, then neither for a moment, then the database.
 */
import { countRows, readChunk } from "./read-chunk.ts";
import { settle, lastNumber } from "./settle.ts";
import { openSource, type CopySource } from "./source.ts";
import { COPIED_TABLES } from "./tables.ts";
import {
  beginCopy,
  finishCopy,
  openTarget,
  readProgress,
  writeProgress,
  type CopyTarget,
} from "./target.ts";
import { verify } from "./verify.ts";
import { toInstants, writeChunk } from "./write-chunk.ts";
import type { CopiedTable } from "./copied-table.ts";
import { sumAccounting } from "../maintenance/accounting-identity.ts";
import { listFingerprints } from "../maintenance/encryption-keys.ts";
import { readKeys } from "../maintenance/store-keys.ts";
import { readSession, runNow } from "../sqlite/session.ts";
import type { Accounting } from "../interface/upkeep.ts";

export type CopyProgress = {
  /** `checking` follows once when everything is copied; it takes some time as well. */
  readonly stage: "copying" | "checking";
  /** Rows of all tables. */
  readonly done: number;
  readonly total: number;
};

export type CopySummary = {
  /** Host and name of the database, without a password. */
  readonly to: string;
  /** True when an earlier run had copied and checked everything. */
  readonly wasFinished: boolean;
  /** Rows by table of the database. */
  readonly rows: ReadonlyMap<string, number>;
  readonly totals: Omit<Accounting, "appId">;
  /** Last position of the feed in the copy; new events follow it. */
  readonly lastSequence: number;
  /** Fingerprints of the keys that encrypt its secrets; two during a key rotation. */
  readonly keys: readonly string[];
  /** Differences that the accounting of the file had before the copy, as sentences. */
  readonly problems: readonly string[];
};

const ROWS_PER_CHUNK = 2_000;

/**
 * Rejects with `conflict` when the database is neither empty nor an unfinished copy of this file. Rejects
 * with `store_unavailable` when a server has the file or one of the two cannot be used, and with the signal's
 * reason. A second run continues, unless a server opened the file in between.
 */
export async function copyStore(p: {
  readonly from: string;
  readonly to: string;
  /** Called after each chunk; an exception from it ends the copy like an interruption. */
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
  readonly rowsPerChunk?: number;
}): Promise<CopySummary> {
  using source = openSource(p.from);
  await using target = await openTarget(p.to);
  const state = await beginCopy(target, source);
  const rows = new Map(
    COPIED_TABLES.map((table) => [table.name, countRows(source.connection, table)]),
  );
  if (state === "finished") return toSummary(source, target, { rows, wasFinished: true });
  const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
  let done = 0;
  const report = (stage: CopyProgress["stage"], more: number): void => {
    done += more;
    p.onProgress?.({ stage, done, total });
  };
  const copying = { source, target, limit: p.rowsPerChunk ?? ROWS_PER_CHUNK, signal: p.signal };
  for (const table of COPIED_TABLES) {
    await copyTable(copying, table, (more) => report("copying", more));
  }
  await target.write((connection) => settle(connection, source.connection));
  report("checking", 0);
  const verified = await verify(target, source.connection, rows);
  p.signal?.throwIfAborted();
  // The order matters: wherever the program ends, two stores never have the same pending deliveries.
  source.markMoved(target.name);
  await finishCopy(target);
  return toSummary(source, target, { rows, ...verified, wasFinished: false });
}

async function copyTable(
  p: { source: CopySource; target: CopyTarget; limit: number; signal: AbortSignal | undefined },
  table: CopiedTable,
  report: (rows: number) => void,
): Promise<void> {
  const { source, target, limit, signal } = p;
  const before = await target.write((connection) => readProgress(connection, table.name));
  let after = before?.after ?? null;
  let copied = before?.rows ?? 0;
  if (copied > 0) report(copied);
  for (;;) {
    signal?.throwIfAborted();
    const chunk = readChunk(source.connection, table, { after, limit });
    const { last } = chunk;
    if (last === null) return;
    // One day at a time: a chunk may span many days, and each day has several tables.
    for (const instant of toInstants(table, chunk)) await target.partitions.ensure([instant]);
    copied += chunk.rows;
    await target.write(async (connection) => {
      await writeChunk(connection, table, chunk);
      await writeProgress(connection, table.name, { after: last, rows: copied });
    });
    after = last;
    report(chunk.rows);
  }
}

function toSummary(
  { connection }: CopySource,
  { name }: CopyTarget,
  p: {
    rows: ReadonlyMap<string, number>;
    wasFinished: boolean;
    apps?: readonly Accounting[];
    problems?: readonly string[];
  },
): CopySummary {
  return {
    to: name,
    wasFinished: p.wasFinished,
    rows: p.rows,
    totals: sumAccounting(p.apps ?? []),
    lastSequence: lastNumber(connection, "event"),
    keys: listFingerprints(runNow(readKeys(readSession(connection)))),
    problems: p.problems ?? [],
  };
}
