/**
 * Overdue deliveries behind open breakers. No delivery is due before its schedule starts, so those due more
 * than 72 hours ago are all overdue. Deliveries that were tried before or released late are in a separate index
 * by the start of their schedule. In both indexes later rows were parked no shorter, except some with a
 * `deliverAt`. So a row that is still in time because it was parked ends the search. At worst it hides another
 * row until it is overdue itself.
 */
import type { Steps, WriteSession } from "../session.ts";
import { scheduleStart, scheduleStartSql, type QueueEndpoint } from "./queue-endpoint.ts";
import type { OpenBreakerRow, OverdueRow, OverdueSearch } from "./queue-statements.ts";

const SEARCHES: readonly OverdueSearch[] = [
  {
    index: "delivery_due",
    where: (before) => `due_at IS NOT NULL AND due_at <= ${before}`,
    order: "due_at, seq",
  },
  {
    index: "delivery_moved",
    where: (before) => `due_at <> base_at AND base_at <= ${before}`,
    order: "base_at",
  },
];

/** Whether the schedule of the row started at `before` or earlier. */
export function isOverdue(
  row: { readonly baseAt: number; readonly parkedMs: number },
  endpoint: Pick<QueueEndpoint, "parkedMs">,
  before: number,
): boolean {
  return scheduleStart(row, endpoint) <= before;
}

/** The same in SQL, for a row `found` of `endpoint`. */
export function isOverdueSql(before: string): string {
  return `${scheduleStartSql("found", "endpoint")} <= ${before}`;
}

/** Deliveries that are not leased and whose schedule started at `startedBefore` or earlier. */
export function* findOverdue(
  s: WriteSession,
  open: readonly OpenBreakerRow[],
  p: { readonly startedBefore: number; readonly limit: number },
): Steps<readonly OverdueRow[]> {
  const { startedBefore } = p;
  const overdue: OverdueRow[] = [];
  let asked = open;
  for (const search of SEARCHES) {
    const limit = p.limit - overdue.length;
    if (asked.length === 0 || limit <= 0) break;
    overdue.push(...(yield* s.searchOverdue(search, asked, { startedBefore, limit })));
    // The caller searches endpoints again while any of their deliveries are found, but not the others.
    const found = new Set(overdue.map(({ endpointSeq }) => endpointSeq));
    asked = asked.filter(({ endpointSeq }) => !found.has(endpointSeq));
  }
  return overdue;
}
