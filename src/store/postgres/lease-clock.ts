/**
 * The clock that leases expire by: the database's, so that no node's own clock decides who may send.
 * Only a test gives another.
 */
import type { Node } from "./node.ts";

/** An SQL expression in milliseconds; `parameter` is the place of what `findLeaseClock` gives. */
export function leaseNow(parameter: number): string {
  return `coalesce($${parameter}::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
}

export function findLeaseClock(node: Pick<Node, "testClock">): number | null {
  return node.testClock === null ? null : Math.floor(node.testClock());
}
