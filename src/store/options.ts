import { toLimitValues, type LimitValues } from "../core/limits.ts";
import type { AcceptOptions } from "./interface/accept.ts";
import { DEFAULT_LEASE_ROOM, type LeaseRoom } from "./queue/lease-room.ts";
import type { Failpoint } from "./failpoint.ts";

/** A query that takes longer is refused. */
export const READ_DEADLINE_MS = 5_000;

export type StoreOptions = {
  readonly accept: AcceptOptions;
  /** Milliseconds of the clock by which leases expire; only tests replace it. */
  readonly leaseClock?: () => number;
  /** Maximum of leased deliveries; the others are due in the queue. Absent numbers have their defaults. */
  readonly leaseRoom?: Partial<LeaseRoom>;
  /** Numbers of limits; absent ones have their defaults. */
  readonly limits?: Partial<LimitValues>;
  /** Only queries, beside a live server and without its lock; every change is refused. */
  readonly readOnly?: boolean;
  readonly failpoint?: Failpoint | null;
  readonly postgres?: PostgresOptions;
  /** Called when the store's state on disk is unknown (a failed fsync): the program must stop at once. */
  readonly onFatal: (error: Error) => void;
  /**
   * Called when the path of a SQLite store no longer names its open files, and with null once it does again.
   */
  readonly onFilesMoved?: (problem: Error | null) => void;
};

export type PostgresOptions = {
  /** Maximum of connections of this node, plus one for LISTEN. */
  readonly poolSize?: number;
  /** Direct (unpooled) URL for LISTEN. Null polls instead. */
  readonly listenUrl?: string | null;
  /** False when a pooler does not support prepared statements; otherwise detected automatically. */
  readonly prepare?: boolean;
};

/** The options of the writing side, with their defaults. */
export function toWriteOptions(options: StoreOptions) {
  return {
    decide: options.accept.decide,
    leaseRoom: { ...DEFAULT_LEASE_ROOM, ...options.leaseRoom },
    limits: toLimitValues(options.limits),
    failpoint: options.failpoint ?? null,
  };
}
