/**
 * Erases one person of an application, by number or user id. The contact goes at once, with its conversations
 * and user ids. A job walks the events that were accepted before, finds those that name one of the addresses,
 * and erases them with their messages.
 * Opt-outs stay as keyed hashes. Nothing finds a number's events by an index, because it would cost every
 * publish; the walk reads each event of the application once.
 */
import { AppError } from "../../core/error.ts";
import { findAddresses } from "../accept/person-rows.ts";
import { keepOptOuts } from "../accept/erased-opt-outs.ts";
import type { Job, JobStore } from "../interface/jobs.ts";
import { isTrue, type Steps, type WriteSession } from "../session.ts";
import { lockApp } from "../tenancy/app-row.ts";
import { type ErasedSlice, walkContent } from "./content-walk.ts";
import { eraseEvents, findNaming, toPattern } from "./erased-events.ts";
import type { StoredParams } from "./places.ts";
import { findPurge, readParams, startPurge } from "./purge-content.ts";
import { type JobRow, jobRow, toJob } from "./rows.ts";

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
  const running = yield* findPurge(s, app.seq, (params) => params.number !== undefined);
  if (running !== null) {
    if (toAddresses(running).includes(number)) return toJob(running);
    throw new AppError(
      "rate_limited",
      "Another number of this application is being erased; wait for that background task to end.",
      { retryAfterSeconds: ASK_AGAIN_SECONDS },
    );
  }
  const addresses = yield* findAddresses(s, app.seq, number);
  for (const address of addresses) yield* refuseLine(s, app.seq, address);
  yield* forgetContact(s, app.seq, addresses);
  const [, ...otherAddresses] = addresses;
  const params: StoredParams = { since: 0, until: null, filter: {}, number, otherAddresses };
  yield* startPurge(s, { id, appSeq: app.seq, params, now });
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

function toAddresses(job: JobRow): readonly string[] {
  const { number, otherAddresses = [] } = readParams(job);
  return number === undefined ? [] : [number, ...otherAddresses];
}

/** A conversation has a line that the register knows, so each is one search by its key. */
function* forgetContact(
  s: WriteSession,
  appSeq: number,
  addresses: readonly string[],
): Steps<void> {
  const rows: ConversationRow[] = [];
  for (const address of addresses) {
    rows.push(
      ...(yield* s.all<ConversationRow>(
        `SELECT line, contact, opted_out FROM conversation WHERE app_seq = ?1 AND contact = ?2
         AND line IN (SELECT number FROM line WHERE app_seq = ?1)`,
        [appSeq, address],
      )),
    );
  }
  yield* keepOptOuts(s, underEach(appSeq, rows, addresses));
  yield* deleteConversations(s, appSeq, rows);
  for (const address of addresses) {
    yield* s.run("DELETE FROM contact WHERE app_seq = ?1 AND number = ?2", [appSeq, address]);
    yield* s.run("DELETE FROM line WHERE app_seq = ?1 AND number = ?2", [appSeq, address]);
    yield* s.run("DELETE FROM contact_alias WHERE app_seq = ?1 AND user_id = ?2", [
      appSeq,
      address,
    ]);
  }
  s.linesChanged();
  s.contactsChanged();
}

/** The next text may come from any of the addresses, so the opt-out of each line is kept for all of them. */
function underEach(
  appSeq: number,
  rows: readonly ConversationRow[],
  addresses: readonly string[],
): Parameters<typeof keepOptOuts>[1] {
  return [...new Set(rows.map(({ line }) => line))].flatMap((line) => {
    const optedOut = rows.some((row) => row.line === line && isTrue(row.optedOut));
    return addresses.map((contact) => ({ appSeq, line, contact, optedOut }));
  });
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
  yield* deleteConversations(s, appSeq, rows);
}

function* deleteConversations(
  s: WriteSession,
  appSeq: number,
  rows: readonly ConversationRow[],
): Steps<void> {
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

/** A slice of the walk. */
export function* eraseSlice(
  s: WriteSession,
  job: JobRow,
  p: { readonly now: number; readonly stopAt: number },
): Steps<ErasedSlice> {
  const addresses = toAddresses(job);
  if (addresses.length === 0) throw new Error("a job that erases a number has none");
  for (const address of addresses) {
    if ((yield* forgetLine(s, job, address)) === CONVERSATIONS) {
      return { position: job.position, done: 0 };
    }
  }
  const pattern = toPattern(addresses);
  return yield* walkContent(s, job, {
    stopAt: p.stopAt,
    find: (events) => findNaming(s, events, pattern),
    erase: (events) => eraseEvents(s, { appSeq: job.appSeq, events, pattern, now: p.now }),
  });
}
