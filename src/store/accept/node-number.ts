/**
 * The node number under which a process makes message ids. The ids of a number never repeat: its latest
 * millisecond is stored before the rows that have the ids, or together with them, and the next holder starts
 * after it.
 */
import { randomInt } from "node:crypto";
import { createSnowflakeSource, SNOWFLAKE_AHEAD_MS } from "../../core/ids/snowflake.ts";

/** `latestMs` is the stored millisecond. */
export type FreeNumber = { readonly number: number; readonly latestMs: number };

export type HeldNumber = {
  readonly number: number;
  next(): bigint;
  latestMs(): number;
  /** The ids are so far ahead of the clock that the process should take another number. */
  isAhead(): boolean;
};

/**
 * The end of a query for the number to take: the one whose ids are furthest behind. A process that crashes
 * repeatedly therefore cycles through all 256 numbers and stays with the clock.
 */
export const FURTHEST_BEHIND = "ORDER BY latest_ms, number LIMIT 1";

/** The stored millisecond is ahead of the ids by this much, so that not every id writes a row. */
export const STORED_AHEAD_MS = 10_000;

/** Above the number of ids in one millisecond. */
const START_COUNTERS = 4_096;

/** `now` is the instant of new ids. */
export function holdNumber({ number, latestMs }: FreeNumber, now: () => number): HeldNumber {
  const startCounter = randomInt(START_COUNTERS);
  const source = createSnowflakeSource({ now, node: number, initial: latestMs, startCounter });
  return {
    number,
    next: source.next,
    latestMs: source.latestMs,
    isAhead: () => source.latestMs() - now() > SNOWFLAKE_AHEAD_MS,
  };
}
