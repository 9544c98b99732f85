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
