/**
 * Statistics tasks of the operator, over all applications: deliveries by application, and the event types that
 * endpoints ask for. They belong to the operator's application. Their slices add rows to `job_result`, from
 * which the answer is made.
 */
import { refuseField } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import { scopeToApp } from "../idempotency.ts";
import type { JobStore, ResultPage, ResultRow, StatisticsKind } from "../interface/jobs.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { type AppRow, findApp, lockApp } from "../tenancy/app-row.ts";
import { nextDelivery, type StoredParams } from "./places.ts";
import { type JobRow, jobRow, refuseTooMany, toJob } from "./rows.ts";

type Creation = Parameters<JobStore["createStatistics"]>[0];
type Started = Awaited<ReturnType<JobStore["createStatistics"]>>;

export function* createStatistics(s: WriteSession, p: Creation): Steps<Started> {
  const operator = yield* lockApp(s, OPERATOR_APP_ID);
  if (operator === null) throw new Error("the operator's application does not exist");
  const key = scopeToApp(p.idempotencyKey, operator.id);
  const [before, ...unknown] = (yield* s.findIdempotent(key)) ?? [];
  if (before !== undefined) {
    const known = yield* jobRow(s, before);
    if (known !== null) return { job: toJob(known), unknown };
  }
  const named = p.appRefs === null ? null : yield* findNamed(s, p.appRefs);
  if (named?.apps.length === 0) {
    throw refuseField("invalid_field", ["appIds"], "must name at least one existing application");
  }
  yield* refuseTooMany(s, operator);
  const { low, high } = yield* RANGES[p.kind](s, p);
  const params: StoredParams = {
    since: p.since,
    until: p.until,
    filter: {},
    ...(named === null ? undefined : { named: true }),
  };
  yield* s.run(
    `INSERT INTO job (id, app_seq, kind, state, params, low, position, high, done, next_at,
       created_at, updated_at)
     VALUES (?1, ?2, ?3, 'running', ?4, ?5, ?5, ?6, 0, ?7, ?7, ?7)`,
    [p.id, operator.seq, p.kind, JSON.stringify(params), low, Math.max(low, high), p.now],
  );
  const job = (yield* jobRow(s, p.id)) as JobRow;
  const rows = (named?.apps ?? []).map(({ seq: appSeq }) => {
    return { jobSeq: job.seq, appSeq, name: "", amount: 0 };
  });
  yield* s.insert("job_result", rows);
  const unresolved = named?.unknown ?? [];
  yield* s.saveIdempotent(key, [p.id, ...unresolved]);
  return { job: toJob(job), unknown: unresolved };
}

/** The rows that the slices of a kind walk. */
const RANGES: Readonly<
  Record<
    StatisticsKind,
    (s: WriteSession, p: Creation) => Steps<{ readonly low: number; readonly high: number }>
  >
> = {
  *"application.stats"(s, { since, until }) {
    const { low, high } = yield* s.placesOfTime("delivery", { since, until });
    return { low, high: Math.min(high, yield* nextDelivery(s)) };
  },
  *"event-type.aggregate"(s) {
    const row = yield* s.one<{ last: number | null }>("SELECT max(seq) AS last FROM endpoint");
    return { low: 0, high: (row?.last ?? 0) + 1 };
  },
};

/** Applications by id or uid, each once, and the references that name none. */
function* findNamed(
  s: Session,
  refs: readonly string[],
): Steps<{ readonly apps: readonly AppRow[]; readonly unknown: readonly string[] }> {
  const apps = new Map<number, AppRow>();
  const unknown: string[] = [];
  for (const ref of refs) {
    const app = ref === OPERATOR_APP_ID ? null : yield* findApp(s, ref);
    if (app === null) unknown.push(ref);
    else apps.set(app.seq, app);
  }
  return { apps: [...apps.values()], unknown };
}

/** A page of the result, by application and name. Rows of applications that were deleted since are left out. */
export function* jobResult(s: Session, p: Parameters<JobStore["result"]>[0]): Steps<ResultPage> {
  const job = yield* s.one<{ seq: number }>("SELECT seq FROM job WHERE id = ?1", [p.id]);
  if (job === null) return { rows: [], next: null };
  const after = p.after ?? { place: 0, name: "" };
  const found = yield* s.all<ResultRow & { readonly place: number }>(
    `SELECT app_seq AS place, app.id AS app_id, app.uid AS app_uid, job_result.name, amount
     FROM job_result JOIN app ON app.seq = job_result.app_seq
     WHERE job_seq = ?1 AND (app_seq, job_result.name) > (?2, ?3) AND deleted_at IS NULL
     ORDER BY app_seq, job_result.name LIMIT ?4`,
    [job.seq, after.place, after.name, p.limit],
  );
  const last = found.at(-1);
  const next =
    last === undefined || found.length < p.limit ? null : { place: last.place, name: last.name };
  return { rows: found.map(({ place: _, ...row }) => row), next };
}

/** Statistics tasks that keep their results; those of older ones are deleted by the sweep. */
const KEPT_RESULTS = 20;

/** Part of the sweep: deletes at most `limit` rows of results that no kept task has. */
export function* purgeResults(s: Session, limit: number): Steps<number> {
  const operator = yield* findApp(s, OPERATOR_APP_ID);
  if (operator === null) return 0;
  const kept = yield* s.one<{ first: number | null }>(
    `SELECT min(seq) AS first FROM
       (SELECT seq FROM job WHERE app_seq = ?1 ORDER BY seq DESC LIMIT ${KEPT_RESULTS}) AS newest`,
    [operator.seq],
  );
  return yield* s.run(
    `DELETE FROM job_result WHERE (job_seq, app_seq, name) IN
       (SELECT job_seq, app_seq, name FROM job_result WHERE job_seq < ?1 LIMIT ?2)`,
    [kept?.first ?? Number.MAX_SAFE_INTEGER, limit],
  );
}
