/** Random draws from a seed. The same seed draws the same numbers, so that a failing run can be repeated. */
export type Random = {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  between(least: number, greatest: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(count: number): Uint8Array;
};

/** mulberry32: small, quick, and good enough for schedules. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;

  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    below,
    between: (least, greatest) => least + below(greatest - least + 1),
    chance: (share) => fraction() < share,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
