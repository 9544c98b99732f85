/** The counters of an application, which are appended with each change and folded by the sweep (I12). */
import { STATES } from "../queue/delivery-state.ts";

export const TALLIES = [
  "created",
  "delivered",
  "failed",
  "cancelled",
  "purgedDelivered",
  "purgedFailed",
  "purgedCancelled",
  "pendingBytes",
  "fanningOut",
] as const;
type Tally = (typeof TALLIES)[number];

/**
 * Counters of one application. `fanningOut` are deliveries that are counted and not made yet: they are in
 * `created`, and their bytes in `pendingBytes`, the payload bytes of pending deliveries.
 */
export type TallySums = { readonly [Name in Tally]: number };

/** Changes of the counters of one application. */
export type TallyChange = { readonly [Name in Tally]?: number };

/** Sums of changes by application, each in the order of `TALLIES`. */
export type SumsByApp = Map<number, number[]>;

export function addToSums(sums: SumsByApp, appSeq: number, change: TallyChange): void {
  let sum = sums.get(appSeq);
  if (sum === undefined) sums.set(appSeq, (sum = TALLIES.map(() => 0)));
  for (let i = 0; i < TALLIES.length; i++) {
    const by = change[TALLIES[i] as Tally];
    if (by !== undefined) sum[i] = (sum[i] as number) + by;
  }
}

/** One row per application, before the commit. Sums of zeros need no row. */
export function toTallyRows(sums: SumsByApp): readonly (readonly [number, readonly number[]])[] {
  return [...sums].filter(([, sum]) => sum.some((by) => by !== 0));
}

/** The changes of `pendingBytes` by application. */
export function toPendingBytes(sums: SumsByApp): ReadonlyMap<number, number> {
  const place = TALLIES.indexOf("pendingBytes");
  return new Map([...sums].map(([appSeq, sum]) => [appSeq, sum[place] as number]));
}

/** The columns of the tables of tallies. */
export const TALLY_COLUMNS = TALLIES.map((name) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

/** The counter of purged deliveries, by their last state. */
export const PURGED = {
  [STATES.delivered]: "purgedDelivered",
  [STATES.failed]: "purgedFailed",
  [STATES.cancelled]: "purgedCancelled",
} as const satisfies Record<number, Tally>;
