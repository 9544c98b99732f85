/**
 * Divides a resource between applications that are not known in advance: leases, concurrency slots. One may
 * take more while it holds less than a multiple of the part that is free. So one that is alone gets most of
 * the resource, several get equal parts, and a part always stays free for the next one.
 *
 * This is the dynamic threshold that shared-memory switches use for their queues (Choudhury and Hahne, 1998).
 */

/** One application alone gets 4/5 of the resource, and each of `n` gets 4/(4n + 1). */
const TIMES_FREE = 4;

export type Held = {
  /** The part that the application holds. */
  readonly held: number;
  /** The part that all hold together. */
  readonly taken: number;
  readonly limit: number;
};

export function mayTake({ held, taken, limit }: Held): boolean {
  return taken < limit && held < TIMES_FREE * (limit - taken);
}

/** How many units an application that holds nothing else may take one after the other, up to `most`. */
export function countShare({ held, taken, limit }: Held, most: number): number {
  // After n more units, held + n < TIMES_FREE * (limit - taken - n) still allows the next one.
  const share = Math.ceil((TIMES_FREE * (limit - taken) - held) / (TIMES_FREE + 1));
  return Math.max(0, Math.min(most, share));
}
