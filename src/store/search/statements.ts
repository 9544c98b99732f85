/** The needs of the search index beside shared statements. */
import type { PlaceRange } from "../paging.ts";
import type { Steps } from "../steps.ts";

/** A name of an event, as a row of the index. */
export type SeenRow = { readonly key: number; readonly eventSeq: number };

export type SeenReads = {
  /** Returns, for each key, up to `count` events in a range of event numbers, in their order. */
  readSeen(
    p: PlaceRange & {
      readonly keys: readonly number[];
      readonly upwards: boolean;
      readonly count: number;
    },
  ): Steps<readonly (readonly number[])[]>;
  /**
   * Events below this number may be added to the index, which has those below `sealedTo`: none of them is added to
   * the store any more, and they are enough for a slice.
   */
  sealable(now: number, sealedTo: number): Steps<number>;
  /** No event with this number or a greater one is before this place in the feed. */
  placeFrom(eventSeq: number): Steps<number>;
};

export type SeenWrites = {
  /** Whether many events wait for the index, which has those below `sealedTo` and may have those below `end`. */
  isFarBehind(sealedTo: number, end: number): boolean;
  /** Events of a slice, where the sweep would take `limit`. */
  sliceOf(limit: number): number;
  /** Adds rows of the events that follow those in the index. */
  addSeen(rows: readonly SeenRow[]): Steps<void>;
  removeSeen(rows: readonly SeenRow[]): Steps<void>;
  /** False while another transaction deletes content, whose names must not be added. */
  beginSealing(): Steps<boolean>;
  /** Waits for a slice that adds rows, and keeps others from beginning. */
  pauseSealing(): Steps<void>;
};
