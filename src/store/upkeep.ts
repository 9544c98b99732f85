/** Upkeep: retention, windows, tallies, the accounting identity. */
export type Accounting = {
  readonly appId: string;
  readonly created: number;
  readonly delivered: number;
  readonly pending: number;
  readonly parked: number;
  readonly failed: number;
  readonly cancelled: number;
};

export interface UpkeepStore {
  /**
   * One slice of upkeep that holds the writer at most about `sliceMs` (20): expired content,
   * retention of events, deliveries, attempts, messages; what is still owed when its event goes
   * becomes `failed: expired`; rotated windows emptied; idempotency keys past their time; tallies
   * folded; deliveries of deleted endpoints folded to cancelled. `busy` says there is more to do.
   */
  sweep(p: {
    now: number;
    retentionMs: number;
    dedupeWindowMs: number;
    sliceMs: number;
  }): Promise<{ readonly busy: boolean; readonly heldMs: number }>;
  /** I12 from the tallies alone; cheap, for metrics. */
  totals(): Promise<Omit<Accounting, "appId">>;
  /** I12 recounted row by row; `problems` names each app and number that does not agree. */
  check(): Promise<{ readonly apps: readonly Accounting[]; readonly problems: readonly string[] }>;
  /** Sizes for metrics: pending deliveries, bytes of the store, endpoints whose breaker is open. */
  gauges(): Promise<{
    readonly pending: number;
    readonly storeBytes: number;
    readonly openBreakers: number;
    /** Payloads that deliveries are owed for: of all apps, and of the app with most of it. */
    readonly pendingBytes: number;
    readonly mostPendingBytes: number;
  }>;
}
