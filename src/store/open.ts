/**
 * Opening a store by its URL: `sqlite:./data/hookline.db`, `sqlite::memory:` or `postgres://…`.
 * Everything a store needs and does not hold is given here.
 */
import { AppError } from "../core/error.ts";
import type { AcceptOptions } from "./accept.ts";
import type { Failpoint } from "./failpoint.ts";
import { openPostgres } from "./postgres/open.ts";
import { openSqlite } from "./sqlite/open.ts";
import type { Store } from "./store.ts";

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

/** Rejects with `store_unavailable` and a sentence when the store is another's or not durable. */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  if (url.startsWith("sqlite:")) return await openSqlite(url.slice("sqlite:".length), options);
  if (/^postgres(ql)?:/.test(url)) return await openPostgres(url, options);
  const scheme = url.split(":")[0] ?? "";
  throw new AppError(
    "store_unavailable",
    `A store URL begins with "sqlite:" or "postgres://"; this one begins with "${scheme}:".`,
  );
}
