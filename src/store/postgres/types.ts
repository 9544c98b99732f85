/** The contexts of the functions of `writes.ts` and `reads.ts`. */
import type { Connection } from "./connection.ts";
import type { FeedPlaces } from "./accept/feed-places.ts";
import type { Node } from "./cluster/node.ts";
import type { AfterCommit } from "./cluster/after-commit.ts";

/** Inside one write transaction of this node, which may run again from its beginning. */
export type Tx = Connection & {
  readonly node: Node;
  /** Effects that apply once the transaction has committed. */
  readonly afterCommit: AfterCommit;
  /** Positions in the feed, which follow from the transaction's number. */
  readonly feed: FeedPlaces;
};

/** Inside one read transaction: one consistent moment, with a deadline for each statement. */
export type Reader = Connection & {
  readonly node: Node;
  /** Throws `overloaded` once the query's time is up; called between chunks of rows. */
  readonly checkDeadline: () => void;
};
