/**
 * Message ids as Zipwhip makes them: 64 bits of Twitter's layout, 41 for milliseconds since
 * 2010-11-04, 10 for the node, 12 for a counter. Ids of one source rise strictly, and no id comes
 * twice on one node number as long as a new source is told how far the one before it came.
 */
const EPOCH_MS = 1_288_834_974_657;
const LAST_MS = EPOCH_MS + 2 ** 41 - 1;
const COUNTER_LIMIT = 4096;

export type SnowflakeSource = {
  next(): bigint;
  /** The millisecond of the latest id (or `initial`): what a successor must be given as `initial`. */
  latestMs(): number;
};

/**
 * `node` is 0 to 1023, held by nobody else. `initial` is the millisecond of the greatest id ever
 * made under it, 0 when there is none: ids begin after it, wherever the clock stands.
 * `startCounter` (any whole number, taken modulo 2048) is where the counter begins in each
 * millisecond: a random one makes ids that a double cannot hold, so a consumer who parses them as
 * doubles finds out on the first day. More than a millisecond's worth of ids (at least 2048) borrow
 * the next one. Throws past the year 2080, when 41 bits end.
 */
export function createSnowflakeSource(given: {
  now: () => number;
  node: number;
  initial: number;
  startCounter: number;
}): SnowflakeSource {
  const { node } = given;
  if (!Number.isInteger(node) || node < 0 || node > 1023) {
    throw new RangeError(`the node number is ${node}; it must be 0 to 1023`);
  }
  const start = given.startCounter % (COUNTER_LIMIT / 2);
  let latestMs = Math.max(given.initial, EPOCH_MS - 1);
  let counter = COUNTER_LIMIT - 1;

  function next(): bigint {
    const ms = Math.floor(given.now());
    if (ms > latestMs) {
      latestMs = ms;
      counter = start;
    } else if (++counter === COUNTER_LIMIT) {
      latestMs += 1;
      counter = start;
    }
    if (latestMs > LAST_MS) throw new RangeError("snowflake ids end in the year 2080");
    return (BigInt(latestMs - EPOCH_MS) << 22n) | BigInt((node << 12) | counter);
  }
  return { next, latestMs: () => latestMs };
}

/** When the id was made, in milliseconds. */
export function snowflakeTime(id: bigint): number {
  return Number(id >> 22n) + EPOCH_MS;
}
