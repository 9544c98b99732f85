/** The share of the tallies that is reserved for deliveries which are counted and not made yet. */
import type { TallyChange } from "../maintenance/tallies.ts";

export function toReserved(row: {
  readonly remaining: number;
  readonly bytes: number;
}): TallyChange {
  const { remaining, bytes } = row;
  return { created: remaining, fanningOut: remaining, pendingBytes: remaining * bytes };
}
