/** Folding: pending deliveries of deleted endpoints become cancelled, and tallies become one row per app. */
import { endPending } from "../queue/leave-pending.ts";
import type { PendingDelivery } from "../queue/queue-statements.ts";
import { deleteSeriesOf } from "../series/fold.ts";
import type { Steps, WriteSession } from "../session.ts";
import { ENCRYPTED_PLACES } from "./encrypted-places.ts";
import type { SweepContext } from "./sweep-context.ts";
import { TALLY_COLUMNS } from "./tallies.ts";

/** Fewer appended tallies than this stay unfolded, because summing them costs nothing. */
const UNFOLDED_TALLIES = 100;

/** The row stays, because the accounting counts by it. */
const BLANK = [
  "url = ''",
  "description = ''",
  "metadata = '{}'",
  "header_names = '[]'",
  ..."uid event_types channels tags lines filter dialect_options disabled_reason"
    .split(" ")
    .map((column) => `${column} = NULL`),
  ...ENCRYPTED_PLACES.filter(({ table }) => table === "endpoint").map(
    ({ column }) => `${column} = NULL`,
  ),
].join(", ");
const COLUMNS = TALLY_COLUMNS.join(", ");
const SUMS = TALLY_COLUMNS.map((column) => `sum(${column})`).join(", ");
const ADDED = TALLY_COLUMNS.map((column) => `${column} = total.${column} + excluded.${column}`);

/** One deleted endpoint at a time. Without pending deliveries nothing needs its settings and secrets. */
export function* foldDeletedEndpoints(
  s: WriteSession,
  cx: SweepContext,
  limit: number,
): Steps<number> {
  const endpoint = yield* s.one<{ seq: number; appSeq: number }>(
    `SELECT seq, app_seq FROM endpoint
     WHERE status = 'deleted' AND folded_at IS NULL ORDER BY seq LIMIT 1`,
  );
  if (endpoint === null) return 0;
  const { seq, appSeq } = endpoint;
  // By its due times, because SQLite would otherwise read the whole history of the endpoint.
  const pending = yield* s.all<Pick<PendingDelivery, "seq">>(
    `SELECT seq FROM delivery WHERE endpoint_seq = ?1 AND state = 0
     ORDER BY due_at LIMIT ?2`,
    [seq, limit],
  );
  if (pending.length > 0) {
    // The order of its ordering keys does not matter any more.
    const rows = pending.map((row) => ({ ...row, endpointSeq: seq, appSeq, orderingKey: null }));
    yield* endPending(s, rows, { state: "cancelled", reason: null, now: cx.now });
    return pending.length;
  }
  const series = yield* deleteSeriesOf(s, { appSeq, endpointSeq: seq, limit });
  if (series > 0) return series;
  for (const table of ["endpoint_secret", "endpoint_state", "endpoint_queue"]) {
    yield* s.run(`DELETE FROM ${table} WHERE endpoint_seq = ?1`, [seq]);
  }
  return yield* s.run(`UPDATE endpoint SET folded_at = ?1, ${BLANK} WHERE seq = ?2`, [cx.now, seq]);
}

/** Tallies that are committed meanwhile wait for the next time: only rows that were read are folded. */
export function* foldTallies(s: WriteSession, _cx: SweepContext, limit: number): Steps<number> {
  const oldest = yield* s.all<{ seq: number }>("SELECT seq FROM tally ORDER BY seq LIMIT ?1", [
    Math.max(limit, UNFOLDED_TALLIES),
  ]);
  if (oldest.length < UNFOLDED_TALLIES) return 0;
  const seqs = oldest.map(({ seq }) => seq);
  const theRows = s.sql.oneOf("seq", "?1", "bigint");
  yield* s.run(
    `INSERT INTO tally_total AS total (app_seq, ${COLUMNS})
     SELECT app_seq, ${SUMS} FROM tally WHERE ${theRows} GROUP BY app_seq
     ON CONFLICT (app_seq) DO UPDATE SET ${ADDED.join(", ")}`,
    [seqs],
  );
  return yield* s.run(`DELETE FROM tally WHERE ${theRows}`, [seqs]);
}
