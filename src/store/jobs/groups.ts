/**
 * Replays of many endpoints: a task per endpoint under one group. A few tasks of a group run at once, and not more
 * of an application than its limit. The others wait for their turn, in the order of their making.
 */
import { LIMITS, limitOf } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { scopeToApp, scopeToStore, type Idempotent } from "../idempotency.ts";
import type { JobState, JobStore, ReplayGroup } from "../interface/jobs.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";
import { type StoredParams, toInstants } from "./places.ts";

type Params = Parameters<JobStore["createGroup"]>[0];
type Target = { readonly seq: number; readonly appSeq: number; readonly id: string };
type Counts = Map<number, number>;

/** The indexes of tasks that have not ended. */
const INDEXES = { running: "job_appRunning", waiting: "job_waiting" } as const;
/** Tasks of a group that run at once. */
const GROUP_AT_ONCE = LIMITS.backgroundTasks.value;
const { value: MOST_WAITING } = LIMITS.waitingTasks;

/** Null when the app is unknown. Endpoints that are deleted meanwhile get no task. */
export function* createGroup(s: WriteSession, p: Params): Steps<Idempotent<ReplayGroup> | null> {
  const app = p.appRef === null ? null : yield* findApp(s, p.appRef);
  if (p.appRef !== null && app === null) return null;
  const key = app === null ? scopeToStore(p.idempotencyKey) : scopeToApp(p.idempotencyKey, app.id);
  const [before] = (yield* s.findIdempotent(key)) ?? [];
  if (before !== undefined) {
    return { repeated: true, value: { groupId: before, tasks: yield* countTasks(s, before) } };
  }
  const { low, high } = toInstants(p.params.filter.failures ?? {}, p.createdAt);
  const targets = yield* s.all<Target & { readonly first: number | null }>(
    `SELECT endpoint.seq AS seq, app_seq, endpoint.id AS id,
       (SELECT min(finished_at) FROM delivery ${s.sql.indexedBy("delivery_failedOf")}
        WHERE state = 2 AND endpoint_seq = endpoint.seq AND finished_at >= ?2 AND finished_at < ?3) AS first
     FROM endpoint WHERE ${s.sql.oneOf("endpoint.id", "?1", "text")} AND status <> 'deleted'
     ORDER BY endpoint.seq`,
    [p.jobs.map(({ endpointId }) => endpointId), low, high],
  );
  const ofCaller = app === null ? targets : targets.filter(({ appSeq }) => appSeq === app.seq);
  const starting = yield* takeTurns(s, ofCaller);
  const stored: StoredParams = {
    ...p.params,
    before: yield* s.nextEventPlace(),
    ...(p.startedBy === undefined ? undefined : { startedBy: p.startedBy }),
  };
  const ids = new Map(p.jobs.map(({ endpointId, id }) => [endpointId, id]));
  const params = JSON.stringify(stored);
  yield* s.together(
    ofCaller.map(({ seq, appSeq, id, first }) => {
      const state: JobState = starting.has(seq) ? "running" : "waiting";
      const places = [first ?? high, high];
      return s.run(
        `INSERT INTO job (id, app_seq, endpoint_seq, kind, state, params, low, position, high, done,
           next_at, created_at, updated_at, group_id)
         VALUES (?1, ?2, ?3, 'endpoint.bulk-replay', ?4, ?5, ?6, ?6, ?7, 0, ?8, ?8, ?8, ?9)`,
        [ids.get(id) ?? "", appSeq, seq, state, params, ...places, p.createdAt, p.groupId],
      );
    }),
  );
  yield* s.saveIdempotent(key, [p.groupId]);
  return { repeated: false, value: { groupId: p.groupId, tasks: ofCaller.length } };
}

function* countTasks(s: Session, groupId: string): Steps<number> {
  const row = yield* s.one<{ tasks: number }>(
    "SELECT count(*) AS tasks FROM job WHERE group_id = ?1",
    [groupId],
  );
  return row?.tasks ?? 0;
}

/**
 * Returns the endpoints whose tasks run at once. The second of two concurrent creations waits for the first and
 * counts it. Refuses with `rate_limited` when too many tasks of an application would wait.
 */
function* takeTurns(s: WriteSession, targets: readonly Target[]): Steps<ReadonlySet<number>> {
  const starting = new Set<number>();
  const appSeqs = [...new Set(targets.map(({ appSeq }) => appSeq))];
  if (appSeqs.length === 0) return starting;
  const limits = yield* readLimits(s, appSeqs, s.sql.forNoKeyUpdate);
  const running = yield* countByApp(s, "running", appSeqs);
  const waiting = yield* countByApp(s, "waiting", appSeqs);
  for (const { seq, appSeq } of targets) {
    const count = running.get(appSeq) ?? 0;
    if (starting.size < GROUP_AT_ONCE && count < (limits.get(appSeq) ?? 0)) {
      starting.add(seq);
      running.set(appSeq, count + 1);
    } else waiting.set(appSeq, (waiting.get(appSeq) ?? 0) + 1);
  }
  if ([...waiting.values()].some((count) => count > MOST_WAITING)) {
    throw refuseLimit(LIMITS.waitingTasks, MOST_WAITING);
  }
  return starting;
}

function* readLimits(s: WriteSession, appSeqs: readonly number[], lock: string): Steps<Counts> {
  const rows = yield* s.all<{ seq: number; ownLimits: string | null }>(
    `SELECT seq, own_limits FROM app WHERE ${s.sql.oneOf("seq", "?1", "bigint")}
     ORDER BY seq ${lock}`,
    [appSeqs],
  );
  return new Map(
    rows.map(({ seq, ownLimits }) => [
      seq,
      limitOf(s.limits, toOwnLimits(ownLimits), "backgroundTasks"),
    ]),
  );
}

function* countByApp(
  s: Session,
  state: "running" | "waiting",
  appSeqs: readonly number[],
): Steps<Counts> {
  const rows = yield* s.all<{ appSeq: number; count: number }>(
    `SELECT app_seq, count(*) AS count FROM job ${s.sql.indexedBy(INDEXES[state])}
     WHERE state = '${state}' AND ${s.sql.oneOf("app_seq", "?1", "bigint")} GROUP BY app_seq`,
    [appSeqs],
  );
  return new Map(rows.map(({ appSeq, count }) => [appSeq, count]));
}

type Waiting = { readonly seq: number; readonly appSeq: number; readonly groupId: string };

/** Starts the tasks whose turn it is: after others have ended, and by the sweep. Returns their number. */
export function* startWaiting(s: WriteSession, now: number): Steps<number> {
  const waiting = yield* s.all<Waiting>(
    `SELECT seq, app_seq, group_id FROM job ${s.sql.indexedBy("job_turn")}
     WHERE state = 'waiting' ORDER BY seq LIMIT ${MOST_WAITING}`,
  );
  if (waiting.length === 0) return 0;
  const appSeqs = [...new Set(waiting.map(({ appSeq }) => appSeq))];
  // Without locks: two nodes may start one task too many between them, and each task only once.
  const limits = yield* readLimits(s, appSeqs, "");
  const running = yield* countByApp(s, "running", appSeqs);
  const ofGroups = yield* s.all<{ groupId: string; count: number }>(
    `SELECT group_id, count(*) AS count FROM job ${s.sql.indexedBy(INDEXES.running)}
     WHERE state = 'running' AND group_id IS NOT NULL GROUP BY group_id`,
  );
  const groups = new Map(ofGroups.map(({ groupId, count }) => [groupId, count]));
  const next = waiting.filter(({ appSeq, groupId }) => {
    const ofApp = running.get(appSeq) ?? 0;
    const ofGroup = groups.get(groupId) ?? 0;
    if (ofGroup >= GROUP_AT_ONCE || ofApp >= (limits.get(appSeq) ?? 0)) return false;
    running.set(appSeq, ofApp + 1);
    groups.set(groupId, ofGroup + 1);
    return true;
  });
  if (next.length === 0) return 0;
  return yield* s.run(
    `UPDATE job SET state = 'running', next_at = ?2, updated_at = ?2
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND state = 'waiting'`,
    [next.map(({ seq }) => seq), now],
  );
}
