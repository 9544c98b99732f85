/** Cancels all tasks of one group. A group has at most as many as a replay has endpoints. */
import type { JobStore } from "../interface/jobs.ts";
import type { Steps, WriteSession } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { startWaiting } from "./groups.ts";
import { reportEnded } from "./report-ended.ts";
import { JOB, type JobRow, toJob } from "./rows.ts";

type Params = Parameters<JobStore["cancelGroup"]>[0];

const NOT_ENDED = "(state = 'running' OR state = 'waiting')";

/** Other applications' tasks of the group go on. A slice under way holds its row on PostgreSQL, so the call waits. */
export function* cancelGroup(
  s: WriteSession,
  p: Params,
): Steps<{ readonly cancelled: number } | null> {
  const app = p.appRef === null ? null : yield* findApp(s, p.appRef);
  if (p.appRef !== null && app === null) return null;
  const ofApp = app === null ? "" : " AND app_seq = ?2";
  const scope = [p.groupId, ...(app === null ? [] : [app.seq])];
  const rows = yield* s.all<{ seq: number; state: string }>(
    `SELECT seq, state FROM job WHERE group_id = ?1${ofApp} ORDER BY seq ${s.sql.forNoKeyUpdate}`,
    scope,
  );
  if (rows.length === 0) return null;
  const seqs = rows
    .filter(({ state }) => state === "running" || state === "waiting")
    .map(({ seq }) => seq);
  if (seqs.length === 0) return { cancelled: 0 };
  const chosen = s.sql.oneOf("seq", "?1", "bigint");
  const cancelled = yield* s.run(
    `UPDATE job SET state = 'cancelled', updated_at = ?2 WHERE ${chosen} AND ${NOT_ENDED}`,
    [seqs, p.now],
  );
  const ended = yield* s.all<JobRow>(`${JOB} WHERE ${s.sql.oneOf("job.seq", "?1", "bigint")}`, [
    seqs,
  ]);
  yield* reportEnded(
    s,
    ended.map((row) => ({ task: toJob(row), appSeq: row.appSeq })),
    p.now,
  );
  yield* startWaiting(s, p.now);
  return { cancelled };
}
