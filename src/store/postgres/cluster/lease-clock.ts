/**
 * The clock by which leases expire: the database's, so that no node's clock decides which node may send. Only
 * a test uses another clock.
 */
/** A test's lease clock in milliseconds; null for the database's clock. */
export type LeaseClock = { readonly testClock: (() => number) | null };

/**
 * An SQL expression in milliseconds; `parameter` is the number of the parameter that `findLeaseClock`
 * returns.
 */
export function leaseNow(parameter: number): string {
  return `coalesce($${parameter}::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
}

export function findLeaseClock(node: LeaseClock): number | null {
  return node.testClock === null ? null : Math.floor(node.testClock());
}
