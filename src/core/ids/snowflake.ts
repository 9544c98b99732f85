/**
 * Message ids in Zipwhip's layout: 41 bits of milliseconds since 2010-11-04, 8 for a node number, 4 for a
 * counter, then 10 zeros. Every id is exact as a double until the year 2080, because Zipwhip's clients read
 * numbers as doubles (decisions/010-snowflakes.md). The ids of one source rise strictly. No id repeats on a
 * node number if a new source starts after the last id of the old one.
 */
const EPOCH_MS = 1_288_834_974_657;
const LAST_MS = EPOCH_MS + 2 ** 41 - 1;
const IDS_PER_MS = 16;
const NODE_BITS = 14n;
const COUNTER_BITS = 10n;
const TIME_BITS = 22n;

/** Node numbers are 0 to 255. */
export const SNOWFLAKE_NODES = 256;

/**
 * A source whose ids are further ahead of the clock takes another node number, whose ids are behind. The ids
 * of a server are then ahead by at most this and one transaction.
 */
export const SNOWFLAKE_AHEAD_MS = 1_000;

export type SnowflakeSource = {
  next(): bigint;
  /** The millisecond of the latest id, or `initial` before the first. A successor starts after it. */
  latestMs(): number;
};

/**
 * `node` must belong to this source alone. `initial` is the millisecond of the latest id on that number, or
 * 0: new ids start after it, regardless of the clock. `startCounter` is any whole number; a random one starts
 * the counter of each millisecond at 0 to 7. Beyond 8 to 16 ids in one millisecond the ids of the next
 * milliseconds are used. Throws after the year 2080.
 */
export function createSnowflakeSource(given: {
  now: () => number;
  node: number;
  initial: number;
  startCounter: number;
}): SnowflakeSource {
  const { node, startCounter } = given;
  if (!Number.isInteger(node) || node < 0 || node >= SNOWFLAKE_NODES) {
    throw new RangeError(`the node number is ${node}; it must be from 0 to ${SNOWFLAKE_NODES - 1}`);
  }
  const nodeBits = BigInt(node) << NODE_BITS;
  let place = placeAfter(given.initial);

  return {
    next() {
      place = nextPlace(place, { ms: Math.floor(given.now()), startCounter, count: 1 });
      const ms = placeMs(place);
      if (ms > LAST_MS) throw new RangeError("message ids end in the year 2080");
      const counter = BigInt(place % IDS_PER_MS);
      return (BigInt(ms - EPOCH_MS) << TIME_BITS) | nodeBits | (counter << COUNTER_BITS);
    },
    latestMs: () => Math.max(placeMs(place), given.initial),
  };
}

/** A place counts the ids that one node number could have generated since the epoch. */
export function placeAfter(ms: number): number {
  return Math.max(0, ms + 1 - EPOCH_MS) * IDS_PER_MS - 1;
}

/** Returns the place of the last of `count` ids generated at `ms`; the previous id is at `place`. */
export function nextPlace(
  place: number,
  drawn: { readonly ms: number; readonly startCounter: number; readonly count: number },
): number {
  const start = drawn.startCounter % (IDS_PER_MS / 2);
  const first = Math.max(0, drawn.ms - EPOCH_MS) * IDS_PER_MS + start;
  return Math.max(place + 1, first) + drawn.count - 1;
}

/** Returns the millisecond of the id at this place. */
export function placeMs(place: number): number {
  return EPOCH_MS + Math.floor(place / IDS_PER_MS);
}

/** Returns when the id was generated, in milliseconds. */
export function snowflakeTime(id: bigint): number {
  return Number(id >> TIME_BITS) + EPOCH_MS;
}

/** Whether a 64-bit column can hold the id; both databases refuse to search for a longer number. */
export function isSnowflake(id: bigint): boolean {
  return BigInt.asIntN(64, id) === id;
}
