/**
 * Rowids are given here and not by SQLite, which would start again at 1 when retention has emptied
 * a table: the feed's cursor may never go back. What was given is remembered ahead, in big steps, so
 * that it costs no row per commit.
 */
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

const TABLES = ["event", "delivery", "attempt", "message"] as const;
export type SequencedTable = (typeof TABLES)[number];

export type Sequences = {
  /** The next rowid. A transaction that rolls back leaves a gap. */
  next(table: SequencedTable): number;
  /** At the start of every transaction: keeps the remembered number well ahead of the given ones. */
  reserve(): void;
  /** After a rollback: what was remembered may be gone from the file. */
  forgetReserved(): void;
};

/** More than one group commit can use up. */
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

/** Rows go oldest first, so as long as one is left the newest one tells; else the remembered number. */
function firstFree(connection: Connection, table: SequencedTable): number {
  const row = connection.sql(`SELECT max(seq) AS greatest FROM ${table}`).get();
  const greatest = row?.["greatest"] as number | null;
  if (greatest !== null) return greatest + 1;
  return Number(readSetting(connection, `sequence.${table}`) ?? 0) + 1;
}
