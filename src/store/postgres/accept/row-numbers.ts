/**
 * The lower parts of row ids, taken from the sequences of the database a thousand at a time. Numbers that a
 * node does not use are lost, which costs nothing.
 */
import type { Connection } from "../connection.ts";
import { rowId } from "./row-ids.ts";

export type NumberedTable = "event" | "delivery" | "attempt";
type Block = { next: number; readonly end: number };

export type RowNumbers = {
  /**
   * Ensures that the next `count` calls of `next` have their numbers. Take them at once: another transaction
   * of this node takes from the same ones.
   */
  reserve(connection: Connection, table: NumberedTable, count: number): Promise<void>;
  /** The id of a row created at `instant`. Throws when more are taken than were reserved. */
  next(table: NumberedTable, instant: number): number;
};

const BLOCK = 1_000;

export function createRowNumbers(): RowNumbers {
  const blocks: Record<NumberedTable, Block[]> = { event: [], delivery: [], attempt: [] };
  return {
    async reserve(connection, table, count) {
      for (;;) {
        const free = blocks[table].reduce((sum, { next, end }) => sum + end - next, 0);
        if (free >= count) return;
        const rows = await connection.sql<{ start: number }>(
          `SELECT nextval('${table}_number') AS start FROM generate_series(1, $1)`,
          [Math.ceil((count - free) / BLOCK)],
        );
        for (const { start } of rows) blocks[table].push({ next: start, end: start + BLOCK });
      }
    },
    next(table, instant) {
      const block = blocks[table][0];
      if (block === undefined) throw new RangeError(`no number is left for a row of ${table}`);
      const id = rowId(instant, block.next++);
      if (block.next === block.end) blocks[table].shift();
      return id;
    },
  };
}
