/**
 * Rowids are assigned here instead of by SQLite, which restarts at 1 after retention has emptied a table; the
 * feed's cursor must never decrease. The stored number is ahead of the assigned ones by a large step, so that
 * a commit costs no extra row.
 */
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "../file/setting.ts";

const TABLES = ["event", "delivery", "attempt", "message"] as const;
export type SequencedTable = (typeof TABLES)[number];

export type Sequences = {
  /** The next rowid. A transaction that rolls back leaves a gap. */
  next(table: SequencedTable): number;
  /** Called at the start of every transaction; keeps the stored number well ahead of the assigned ones. */
  reserve(): void;
  /** Called after a rollback, when the stored number may be missing from the file. */
  forgetReserved(): void;
};

/** More numbers than one group commit can use. */
const HEADROOM = 1_000_000;

export function createSequences(connection: Connection): Sequences {
  const nexts = new Map<SequencedTable, { next: number; reserved: number }>();
  for (const table of TABLES) nexts.set(table, { next: firstFree(connection, table), reserved: 0 });

  return {
    next(table) {
      const counter = nexts.get(table) as { next: number };
      return counter.next++;
    },
    reserve() {
      for (const table of TABLES) {
        const counter = nexts.get(table) as { next: number; reserved: number };
        if (counter.reserved - counter.next >= HEADROOM) continue;
        counter.reserved = counter.next + 2 * HEADROOM;
        writeSetting(connection, `sequence.${table}`, String(counter.reserved));
      }
    },
    forgetReserved() {
      for (const counter of nexts.values()) counter.reserved = 0;
    },
  };
}

/** Rows are deleted oldest first, so the newest row is the maximum; without rows the stored number is. */
function firstFree(connection: Connection, table: SequencedTable): number {
  const row = connection.sql(`SELECT max(seq) AS greatest FROM ${table}`).get();
  const greatest = row?.["greatest"] as number | null;
  if (greatest !== null) return greatest + 1;
  return Number(readSetting(connection, `sequence.${table}`) ?? 0) + 1;
}
