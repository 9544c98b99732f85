/** Due deliveries of endpoints, each search at one end of the due range in `delivery_due`. */
import type { Asked, DueRow as Due } from "../../queue/claim.ts";
import type { Writer } from "../thread/writer-types.ts";

export type DueRow = Due & {
  readonly part: number;
  readonly slot: number;
  readonly attempts: number;
  readonly baseAt: number;
  readonly parkedMs: number;
  readonly dueAt: number;
  readonly manual: number;
  readonly orderingKey: string | null;
};

/** Each list begins at the end from which it was searched. */
export function searchDue(
  { sql, state }: Writer,
  p: {
    readonly from: "oldest" | "newest";
    readonly asked: readonly (Asked & { readonly limit: number })[];
    readonly now: number;
  },
): ReadonlyMap<number, readonly DueRow[]> {
  const search = sql(p.from === "oldest" ? OLDEST : NEWEST);
  const found = new Map<number, readonly DueRow[]>();
  for (const { endpointSeq, fence, limit, probeAt } of p.asked) {
    if (probeAt !== null && state.leased.ofEndpoint(endpointSeq, fence) > 0) continue;
    found.set(endpointSeq, search.all(endpointSeq, p.now, fence, limit) as DueRow[]);
  }
  return found;
}

/** Deliveries leased under the current fence are skipped; there are never more than the lane contains. */
const DUE = `SELECT seq, eventSeq, bytes, part, slot, attempts, baseAt, parkedMs, dueAt,
    manual, orderingKey FROM delivery
  WHERE endpointSeq = ? AND state = 0 AND dueAt IS NOT NULL AND dueAt <= ? AND fence IS NOT ?`;
const OLDEST = `${DUE} ORDER BY dueAt LIMIT ?`;
const NEWEST = `${DUE} ORDER BY dueAt DESC, seq DESC LIMIT ?`;
