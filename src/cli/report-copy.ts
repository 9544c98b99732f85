/** Prints the result of `backup` and `restore`. */
import type { CheckedCopy } from "../store/maintenance/checked-copy.ts";

const MIB = 1024 * 1024;

export function reportCopy(
  headline: string,
  { bytes, keys, lastSequence, totals }: CheckedCopy,
): void {
  console.log(`${headline} (${(bytes / MIB).toFixed(1)} MiB).
  events up to  ${lastSequence ?? "none"}
  deliveries    ${totals.created}: ${totals.delivered} delivered, ${totals.pending} pending, ${totals.parked} parked, ${totals.failed} failed, ${totals.cancelled} cancelled
  key needed    ${keys.length === 0 ? "none yet" : keys.join(" and ")}`);
}
