/**
 * Positions in the feed for the events of one transaction; they follow from its number (feed-position.ts).
 */
import type { Connection } from "../connection.ts";
import { POSITIONS_PER_TRANSACTION, transactionPosition } from "./feed-position.ts";

export type FeedPlaces = {
  /** Returns the first of `count` consecutive positions. */
  take(connection: Connection, count: number): Promise<number>;
};

export function createFeedPlaces(): FeedPlaces {
  let first: number | null = null;
  let used = 0;
  return {
    async take(connection, count) {
      first ??= await transactionPosition(connection);
      const taken = first + used;
      used += count;
      if (used > POSITIONS_PER_TRANSACTION) {
        throw new RangeError(`one transaction cannot accept ${used} events`);
      }
      return taken;
    },
  };
}
