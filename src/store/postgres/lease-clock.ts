/**
 * The clock that leases expire by: the database's, so that no node's own clock decides who may send.
 * Only a test gives another.
 */
/** Of a node: the lease clock of a test, in milliseconds; null is the database's own. */
export type LeaseClock = { readonly testClock: (() => number) | null };

/** An SQL expression in milliseconds; `parameter` is the place of what `findLeaseClock` gives. */
export function leaseNow(parameter: number): string {
  return `coalesce($${parameter}::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
}

export function findLeaseClock(node: LeaseClock): number | null {
  return node.testClock === null ? null : Math.floor(node.testClock());
}
