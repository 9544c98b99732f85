/** Searches overdue deliveries, one endpoint after the other. */
import { isOverdue } from "../../queue/find-overdue.ts";
import type { OpenBreakerRow, OverdueRow, OverdueSearch } from "../../queue/queue-statements.ts";
import { toText } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

export function searchOverdue(
  { sql, state }: Writer,
  { index, where, order }: OverdueSearch,
  open: readonly OpenBreakerRow[],
  p: { startedBefore: number; limit: number },
): readonly OverdueRow[] {
  const search = sql(
    toText(
      `SELECT seq, event_seq, endpoint_seq, attempts, ordering_key, base_at, parked_ms
       FROM delivery INDEXED BY "${index}" WHERE endpoint_seq = ?1 AND state = 0 AND ${where("?2")}
         AND fence IS NOT ?3 ORDER BY ${order} LIMIT ?4`,
    ),
  );
  const overdue: OverdueRow[] = [];
  for (const { endpointSeq } of open) {
    const limit = p.limit - overdue.length;
    const endpoint = state.endpointBySeq(endpointSeq);
    if (limit === 0) break;
    if (endpoint === null) continue;
    const fence = state.shards()[endpoint.shard]?.fence ?? 0;
    const rows = search.all(endpointSeq, p.startedBefore, fence, limit) as Row[];
    const { appSeq } = endpoint;
    for (const row of rows) {
      if (isOverdue(row, endpoint, p.startedBefore)) overdue.push({ ...row, appSeq });
    }
  }
  return overdue;
}

type Row = Omit<OverdueRow, "appSeq"> & { readonly baseAt: number; readonly parkedMs: number };
