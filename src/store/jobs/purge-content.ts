/** Deletes the contents of all events of an application that were accepted before the call. */
import { scopeToApp } from "../idempotency.ts";
import type { Job, JobStore } from "../interface/jobs.ts";
import { blankEvents, MOST_ROWS } from "../maintenance/content.ts";
import type { Steps, WriteSession } from "../session.ts";
import { lockApp } from "../tenancy/app-row.ts";
import { type ErasedSlice, walkContent, type WalkedEvent } from "./content-walk.ts";
import { firstEvent, type StoredParams } from "./places.ts";
import { getJob, JOB, type JobRow, jobRow, PURGE, toJob } from "./rows.ts";

export function* purgeContent(
  s: WriteSession,
  p: Parameters<JobStore["purgeContent"]>[0],
): Steps<Job | null> {
  // Accepts under way are waited for, so the walk finds every event that was accepted before.
  const app = yield* lockApp(s, p.appRef);
  if (app === null) return null;
  const key = scopeToApp(p.idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(key))?.[0];
  if (before !== undefined) return yield* getJob(s, { appRef: null, id: before });
  const running = yield* findPurge(s, app.seq, ({ all }) => all === true);
  const id =
    running !== null && (yield* extend(s, running, p.now))
      ? running.id
      : yield* startPurge(s, { ...p, appSeq: app.seq, params: { ...EVERYTHING, all: true } });
  yield* s.saveIdempotent(key, [id]);
  return toJob((yield* jobRow(s, id)) as JobRow);
}

const EVERYTHING = { since: 0, until: null, filter: {} } as const;

/** The running job of the application that deletes content and has such parameters. */
export function* findPurge(
  s: WriteSession,
  appSeq: number,
  isWanted: (params: StoredParams) => boolean,
): Steps<JobRow | null> {
  const running = yield* s.all<JobRow>(
    `${JOB} WHERE job.app_seq = ?1 AND job.state = 'running' AND job.kind = '${PURGE}'`,
    [appSeq],
  );
  return running.find((job) => isWanted(readParams(job))) ?? null;
}

export function readParams({ params }: JobRow): StoredParams {
  return JSON.parse(params) as StoredParams;
}

/** Inserts a job over all events that exist now. */
export function* startPurge(
  s: WriteSession,
  p: {
    readonly id: string;
    readonly appSeq: number;
    readonly params: StoredParams;
    readonly now: number;
  },
): Steps<string> {
  const high = yield* s.nextEventPlace();
  const low = Math.min((yield* firstEvent(s, p.appSeq, 0)) ?? high, high);
  yield* s.run(
    `INSERT INTO job (id, app_seq, kind, state, params, low, position, high, done, next_at,
       created_at, updated_at)
     VALUES (?1, ?2, '${PURGE}', 'running', ?3, ?4, ?4, ?5, 0, ?6, ?6, ?6)`,
    [p.id, p.appSeq, JSON.stringify(p.params), low, high, p.now],
  );
  return p.id;
}

/** The job also covers the events that were accepted since. False when it has ended meanwhile. */
function* extend(s: WriteSession, job: JobRow, now: number): Steps<boolean> {
  const extended = yield* s.run(
    "UPDATE job SET high = ?1, updated_at = ?2 WHERE seq = ?3 AND state = 'running'",
    [yield* s.nextEventPlace(), now, job.seq],
  );
  return extended > 0;
}

/** Events without content were expunged before. */
function findContent(
  s: WriteSession,
  events: readonly WalkedEvent[],
): Steps<readonly WalkedEvent[]> {
  const { feedPosition, oneOf } = s.sql;
  return s.all<WalkedEvent>(
    `SELECT seq, ${feedPosition} AS place FROM event
     WHERE ${oneOf("seq", "?1", "bigint")} AND payload IS NOT NULL ORDER BY ${feedPosition}`,
    [events.map(({ seq }) => seq)],
  );
}

/** A slice of the walk. */
export function* purgeSlice(
  s: WriteSession,
  job: JobRow,
  p: { readonly now: number; readonly stopAt: number },
): Steps<ErasedSlice> {
  return yield* walkContent(s, job, {
    stopAt: p.stopAt,
    find: (events) => findContent(s, events),
    *erase(events) {
      const eventSeqs = events.map(({ seq }) => seq);
      return (yield* blankEvents(s, { eventSeqs, now: p.now, limit: MOST_ROWS })) < MOST_ROWS;
    },
  });
}
