import type { AcceptOptions } from "./accept.ts";
import type { Failpoint } from "./failpoint.ts";

export type StoreOptions = {
  readonly accept: AcceptOptions;
  /** Milliseconds of the clock that leases expire by; only a test gives its own. */
  readonly leaseClock?: () => number;
  /** Most deliveries per endpoint that accept leaves leased; the rest is due in the queue. */
  readonly leaseRoom?: number;
  /** Most pending deliveries per endpoint; one more is written as `failed: backlog_full`. */
  readonly backlogLimit?: number;
  /** Most payload bytes that one app is owed deliveries for; beyond it a publish is `rate_limited`. */
  readonly pendingBytesLimit?: number;
  /** Queries only, beside a live server and without its lock; every change is refused. */
  readonly readOnly?: boolean;
  readonly failpoint?: Failpoint | null;
  readonly postgres?: PostgresOptions;
  /** The store's state on disk is unknown (a failed fsync): the program must stop at once. */
  readonly onFatal: (error: Error) => void;
  /** The open files of a SQLite store are no longer those that its path names; null once they are. */
  readonly onFilesMoved?: (problem: Error | null) => void;
};

export type PostgresOptions = {
  /** Most connections of this node; one more when it listens. */
  readonly poolSize?: number;
  /** Where to listen for other nodes: a connection that no pooler shares. Null only looks. */
  readonly listenUrl?: string | null;
  /** False where a pooler does not know prepared statements; found out by itself otherwise. */
  readonly prepare?: boolean;
};
