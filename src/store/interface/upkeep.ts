/** Upkeep: retention, windows, tallies, the accounting identity. */
export type Accounting = {
  readonly appId: string;
  readonly created: number;
  readonly delivered: number;
  readonly pending: number;
  readonly parked: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Deliveries that a large publish counted and that are not made yet. */
  readonly fanningOut: number;
};

export type StoreDescription = {
  /** Name and version of the database. */
  readonly version: string;
  /** The newest migration. */
  readonly schema: string;
  /** The database's clock; null when it has the clock of this machine. */
  readonly at: number | null;
  /** Room on the disk of the store; null when it is not known. */
  readonly freeBytes: number | null;
};

export interface UpkeepStore {
  describe(): Promise<StoreDescription>;
  /**
   * One slice of upkeep that keeps the writer busy for about `sliceMs` (20) at most. It deletes expired
   * content, events, deliveries, attempts, messages, rotated windows and expired idempotency keys. Pending
   * deliveries of a deleted event become `failed: expired`. It folds tallies, and folds deliveries of deleted
   * endpoints to cancelled. `busy` means that more work remains, `isBehind` that it must not wait for the
   * usual pauses.
   */
  sweep(p: {
    now: number;
    retentionMs: number;
    dedupeWindowMs: number;
    sliceMs: number;
  }): Promise<{ readonly busy: boolean; readonly isBehind: boolean; readonly heldMs: number }>;
  /** The accounting identity (I12) from the tallies alone; cheap, for metrics. */
  totals(): Promise<Omit<Accounting, "appId">>;
  /**
   * The accounting identity (I12) recounted row by row; `problems` names each app and number that differs.
   */
  check(): Promise<{ readonly apps: readonly Accounting[]; readonly problems: readonly string[] }>;
  /** Sizes for metrics: pending deliveries, bytes of the store, endpoints whose breaker is open. */
  gauges(): Promise<{
    readonly pending: number;
    readonly storeBytes: number;
    readonly openBreakers: number;
    /** Payload bytes of pending deliveries: of all apps, and of the app with the most. */
    readonly pendingBytes: number;
    readonly mostPendingBytes: number;
    /** How far the search index is behind the newest event; newer events than it may have are no delay. */
    readonly unsealedSeconds: number;
  }>;
}
