/**
 * Moving a store from one file to PostgreSQL, all of it: what is owed stays owed, with the same ids,
 * bytes and schedules, and nothing is lost or sent twice because of it (I1, I2). The file is locked
 * as by a server. Rows go over in chunks, each with the note how far its table came, so that a copy
 * that was interrupted goes on. At every instant at most one of the two can be served: the file until
 * all is copied, counted and checked; then neither, for a moment; then the database.
 */
import { countRows, readChunk } from "./copy/read-chunk.ts";
import { settle, lastNumber } from "./copy/settle.ts";
import { openSource, type CopySource } from "./copy/source.ts";
import { COPIED_TABLES } from "./copy/tables.ts";
import {
  beginCopy,
  finishCopy,
  openTarget,
  readProgress,
  writeProgress,
  type CopyTarget,
} from "./copy/target.ts";
import { verify } from "./copy/verify.ts";
import { toInstants, writeChunk } from "./copy/write-chunk.ts";
import type { CopiedTable } from "./copy/copied-table.ts";
import { readKeys } from "./sqlite/encryption-keys.ts";
import type { Accounting } from "./upkeep.ts";

export type CopyProgress = {
  /** `checking` comes once, when all is copied, and takes a while too. */
  readonly stage: "copying" | "checking";
  /** Rows of all tables. */
  readonly done: number;
  readonly total: number;
};

export type CopySummary = {
  /** Without a password. */
  readonly to: string;
  /** An earlier run had copied and checked everything. */
  readonly wasFinished: boolean;
  /** Rows by table of the database. */
  readonly rows: ReadonlyMap<string, number>;
  readonly totals: Omit<Accounting, "appId">;
  /** The feed goes on behind this place. */
  readonly lastSequence: number;
  /** Fingerprints of the keys that its secrets are encrypted with; two while it was being re-keyed. */
  readonly keys: readonly string[];
  /** What the accounting of the file had wrong before, in words. */
  readonly problems: readonly string[];
};

const ROWS_PER_CHUNK = 2_000;

/**
 * Rejects with `conflict` when the database is neither empty nor an unfinished copy of this file,
 * with `store_unavailable` when a server has the file or one of the two cannot be used, and with the
 * signal's reason. Run again it goes on, unless a server had the file in between.
 */
export async function copyStore(p: {
  readonly from: string;
  readonly to: string;
  /** After each chunk; what it throws ends the copy, as if it had been interrupted. */
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
  const tell = (stage: CopyProgress["stage"], more: number): void => {
    done += more;
    p.onProgress?.({ stage, done, total });
  };
  const copying = { source, target, limit: p.rowsPerChunk ?? ROWS_PER_CHUNK, signal: p.signal };
  for (const table of COPIED_TABLES) {
    await copyTable(copying, table, (more) => tell("copying", more));
  }
  await target.write((connection) => settle(connection, source.connection));
  tell("checking", 0);
  const verified = await verify(target, source.connection, rows);
  p.signal?.throwIfAborted();
  // In this order: whatever ends the program here, there are never two that owe the same.
  source.markMoved(target.name);
  await finishCopy(target);
  return toSummary(source, target, { rows, ...verified, wasFinished: false });
}

async function copyTable(
  p: { source: CopySource; target: CopyTarget; limit: number; signal: AbortSignal | undefined },
  table: CopiedTable,
  tell: (rows: number) => void,
): Promise<void> {
  const { source, target, limit, signal } = p;
  const before = await target.write((connection) => readProgress(connection, table.name));
  let after = before?.after ?? null;
  let copied = before?.rows ?? 0;
  if (copied > 0) tell(copied);
  for (;;) {
    signal?.throwIfAborted();
    const chunk = readChunk(source.connection, table, { after, limit });
    const { last } = chunk;
    if (last === null) return;
    // A day at a time: the days of a chunk may be many, and each is several tables.
    for (const instant of toInstants(table, chunk)) await target.partitions.ensure([instant]);
    copied += chunk.rows;
    await target.write(async (connection) => {
      await writeChunk(connection, table, chunk);
      await writeProgress(connection, table.name, { after: last, rows: copied });
    });
    after = last;
    tell(chunk.rows);
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
  const totals = { created: 0, delivered: 0, pending: 0, parked: 0, failed: 0, cancelled: 0 };
  for (const app of p.apps ?? []) {
    for (const figure of Object.keys(totals) as (keyof typeof totals)[]) {
      totals[figure] += app[figure];
    }
  }
  const keys = readKeys(connection);
  return {
    to: name,
    wasFinished: p.wasFinished,
    rows: p.rows,
    totals,
    lastSequence: lastNumber(connection, "event"),
    keys: keys === null ? [] : [keys.fingerprint, ...(keys.next === null ? [] : [keys.next])],
    problems: p.problems ?? [],
  };
}
