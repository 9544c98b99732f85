/**
 * Erases one phone number of an application. The contact and its conversations go at once; a job walks the
 * events that were accepted before, finds those that name the number, and erases them with their messages.
 * Opt-outs stay as keyed hashes. Nothing finds a number's events by an index, because it would cost every
 * publish; the walk reads each event of the application once.
 */
import { performance } from "node:perf_hooks";
import { AppError } from "../../core/error.ts";
import { keepOptOuts } from "../accept/erased-opt-outs.ts";
import type { Job, JobKind, JobStore } from "../interface/jobs.ts";
import { isTrue, type Steps, type WriteSession } from "../session.ts";
import { lockApp } from "../tenancy/app-row.ts";
import { eraseEvents, findNaming, toPattern } from "./erased-events.ts";
import { firstEvent, type StoredParams } from "./places.ts";
import { JOB, type JobRow, jobRow, toJob } from "./rows.ts";

const KIND: JobKind = "application.purge_content";
/** Rows and bytes of content that are read at once, and events that are erased at once. */
const CHUNK_ROWS = 200;
const CHUNK_BYTES = 512 * 1024;
const MOST_ERASED = 20;
const CONVERSATIONS = 100;
const ASK_AGAIN_SECONDS = 10;

type ConversationRow = {
  readonly line: string;
  readonly contact: string;
  readonly optedOut: boolean | number;
};

export function* eraseNumber(
  s: WriteSession,
  p: Parameters<JobStore["eraseNumber"]>[0],
): Steps<Job | null> {
  // Accepts under way are waited for, so the walk finds every event that was accepted before.
  const app = yield* lockApp(s, p.appRef);
  if (app === null) return null;
  const { number, id, now } = p;
  yield* refuseLine(s, app.seq, number);
  const running = yield* s.one<JobRow>(
    `${JOB} WHERE job.app_seq = ?1 AND job.state = 'running' AND job.endpoint_seq IS NULL`,
    [app.seq],
  );
  if (running !== null) {
    if ((JSON.parse(running.params) as StoredParams).number === number) return toJob(running);
    throw new AppError(
      "rate_limited",
      "Another number of this application is being erased; wait for that background task to end.",
      { retryAfterSeconds: ASK_AGAIN_SECONDS },
    );
  }
  yield* forgetContact(s, app.seq, number);
  const high = yield* s.nextEventPlace();
  const low = Math.min((yield* firstEvent(s, app.seq, 0)) ?? high, high);
  const params: StoredParams = { since: 0, until: null, filter: {}, number };
  yield* s.run(
    `INSERT INTO job (id, app_seq, kind, state, params, low, position, high, done, next_at,
       created_at, updated_at)
     VALUES (?1, ?2, ?3, 'running', ?4, ?5, ?5, ?6, 0, ?7, ?7, ?7)`,
    [id, app.seq, KIND, JSON.stringify(params), low, high, now],
  );
  return toJob((yield* jobRow(s, id)) as JobRow);
}

function* refuseLine(s: WriteSession, appSeq: number, number: string): Steps<void> {
  const line = yield* s.one(
    "SELECT 1 FROM line WHERE app_seq = ?1 AND number = ?2 AND line_id IS NOT NULL",
    [appSeq, number],
  );
  if (line === null) return;
  throw new AppError(
    "conflict",
    "The number is a registered line of this application; delete the line first to erase its number.",
  );
}

/** A conversation has a line that the register knows, so each is one search by its key. */
function* forgetContact(s: WriteSession, appSeq: number, number: string): Steps<void> {
  const ofContact = `app_seq = ?1 AND contact = ?2
    AND line IN (SELECT number FROM line WHERE app_seq = ?1)`;
  yield* forgetConversations(
    s,
    appSeq,
    yield* s.all<ConversationRow>(
      `SELECT line, contact, opted_out FROM conversation WHERE ${ofContact}`,
      [appSeq, number],
    ),
  );
  yield* s.run("DELETE FROM contact WHERE app_seq = ?1 AND number = ?2", [appSeq, number]);
  yield* s.run("DELETE FROM line WHERE app_seq = ?1 AND number = ?2", [appSeq, number]);
  s.linesChanged();
  s.contactsChanged();
}

function* forgetConversations(
  s: WriteSession,
  appSeq: number,
  rows: readonly ConversationRow[],
): Steps<void> {
  yield* keepOptOuts(
    s,
    rows.map((row) => ({ ...row, appSeq, optedOut: isTrue(row.optedOut) })),
  );
  for (const { line, contact } of rows) {
    yield* s.run("DELETE FROM conversation WHERE app_seq = ?1 AND line = ?2 AND contact = ?3", [
      appSeq,
      line,
      contact,
    ]);
  }
}

/** Conversations in which the number was the line, from before the job. Returns how many there were. */
function* forgetLine(s: WriteSession, job: JobRow, number: string): Steps<number> {
  const rows = yield* s.all<ConversationRow>(
    `SELECT line, contact, opted_out FROM conversation
     WHERE app_seq = ?1 AND line = ?2 AND changed_at <= ?3 LIMIT ${CONVERSATIONS}`,
    [job.appSeq, number, job.createdAt],
  );
  if (rows.length > 0) {
    yield* forgetConversations(s, job.appSeq, rows);
    s.contactsChanged();
  }
  return rows.length;
}

/** A slice of the walk: `position` is the next place in the feed, `done` the number of erased events. */
export function* eraseSlice(
  s: WriteSession,
  job: JobRow,
  p: { readonly now: number; readonly stopAt: number },
): Steps<{ readonly position: number; readonly done: number }> {
  const { number } = JSON.parse(job.params) as StoredParams;
  if (number === undefined) throw new Error("a job that erases a number has none");
  let { position } = job;
  let done = 0;
  if ((yield* forgetLine(s, job, number)) === CONVERSATIONS) return { position, done };
  const pattern = toPattern(number);
  while (position < job.high) {
    const chunk = yield* readChunk(s, job, position);
    const last = chunk.at(-1);
    if (last === undefined) return { position: job.high, done };
    const naming = yield* findNaming(s, chunk, pattern);
    const erased = naming.slice(0, MOST_ERASED);
    yield* eraseEvents(s, { appSeq: job.appSeq, events: erased, pattern, now: p.now });
    done += erased.length;
    position = naming[MOST_ERASED]?.place ?? last.place + 1;
    if (performance.now() >= p.stopAt) break;
  }
  return { position, done };
}

/** Lengths are known without reading the content, so the bytes of a chunk are bounded beforehand. */
function* readChunk(
  s: WriteSession,
  job: JobRow,
  position: number,
): Steps<readonly { readonly seq: number; readonly place: number }[]> {
  const { feedPosition, indexedBy } = s.sql;
  const rows = yield* s.all<{ seq: number; place: number; bytes: number }>(
    `SELECT seq, ${feedPosition} AS place,
       coalesce(octet_length(payload), 0) + coalesce(octet_length(participants), 0) AS bytes
     FROM event ${indexedBy("event_app")}
     WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3
     ORDER BY ${feedPosition} LIMIT ${CHUNK_ROWS}`,
    [job.appSeq, position, job.high],
  );
  let bytes = 0;
  const end = rows.findIndex((row) => (bytes += row.bytes) > CHUNK_BYTES);
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
