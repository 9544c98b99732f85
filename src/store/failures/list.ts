/** A page of failed deliveries, the newest failure first. */
import { performance } from "node:perf_hooks";
import { writeFailureCursor } from "../../core/delivery/failure-cursor.ts";
import { toFailureEnd } from "../../core/delivery/failure-reasons.ts";
import type { EndpointStatus } from "../../core/events/endpoint-match.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import { scanRows } from "../history/scan.ts";
import type { HistorySession } from "../history/session.ts";
import type {
  FailedDelivery,
  FailureFilter,
  FailurePage,
  FailureStore,
} from "../interface/failures.ts";
import { pageLimit, pageOfScan, readsUpwards } from "../paging.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { AFTER_ALL, BEFORE_ALL, findPlace } from "./place.ts";
import {
  addLastAttempts,
  type FailedFacts,
  type FailedRow,
  type FailureRange,
  type FailureScope,
  newFacts,
  readFailed,
  selectWanted,
} from "./read.ts";

type Params = Parameters<FailureStore["list"]>[0];
type Owner = {
  readonly seq: number;
  readonly id: string;
  readonly url: string;
  readonly status: EndpointStatus;
  readonly appId: string;
  readonly appUid: string | null;
  readonly appName: string;
};

/** Each row may have 22 attempts to read. */
const LARGEST_CHUNK = 500;
const BUDGET_MS = 500;
const NOTHING: FailurePage = { items: [], done: true, searchedTo: null };

export function* listFailures(s: HistorySession, p: Params): Steps<FailurePage | null> {
  const scope = yield* findScope(s, p);
  if (scope === null) return null;
  if (scope === "nothing") return NOTHING;
  const upwards = readsUpwards(p.window);
  let { low, high } = toRange(p.filter);
  if (p.window.after !== null) {
    const cursor = yield* findPlace(s, p.window.after, upwards);
    if (upwards) low = cursor;
    else high = cursor;
  }
  const facts = newFacts();
  const owners = new Map<number, Owner>();
  const wanted = new Set<number>();
  const scanned = yield* scanRows<FailedRow>(s, {
    limit: pageLimit(p.window),
    largestChunk: LARGEST_CHUNK,
    endsAt: performance.now() + BUDGET_MS,
    *read(last, count) {
      const place = last === null ? null : { at: last.failedAt, seq: last.seq };
      const range = { low: upwards ? (place ?? low) : low, high: upwards ? high : (place ?? high) };
      const rows = yield* readFailed(s, scope, { ...range, upwards, count });
      yield* addOwners(s, rows, owners);
      for (const row of yield* selectWanted(s, rows, p.filter, facts)) {
        if (owners.has(row.endpointSeq)) wanted.add(row.seq);
      }
      return rows;
    },
    keep: ({ seq }) => wanted.has(seq),
  });
  yield* addLastAttempts(s, scanned.rows, facts);
  const items = scanned.rows.map((row) => toItem(row, facts, owners));
  const { stoppedAt } = scanned;
  const end = stoppedAt === null ? "" : yield* findCursor(s, stoppedAt, owners);
  return {
    ...pageOfScan(p.window, scanned, items, () => end),
    searchedTo: stoppedAt?.failedAt ?? null,
  };
}

/** Null when the app is unknown. */
function* findScope(
  s: HistorySession,
  { appRef, endpointRef }: Params,
): Steps<FailureScope | "nothing" | null> {
  if (appRef === null) {
    if (endpointRef === null) return { of: "all" };
    const row = yield* s.one<{ seq: number }>("SELECT seq FROM endpoint WHERE id = ?1", [
      endpointRef,
    ]);
    return row === null ? "nothing" : { of: "endpoint", seq: row.seq };
  }
  const app = yield* findApp(s, appRef);
  if (app === null) return null;
  if (endpointRef === null) return { of: "app", seq: app.seq };
  const endpoint = yield* findEndpoint(s, app.seq, endpointRef);
  return endpoint === null ? "nothing" : { of: "endpoint", seq: endpoint.seq };
}

function toRange(filter: Pick<FailureFilter, "failedSince" | "failedUntil">): FailureRange {
  const { failedSince, failedUntil } = filter;
  return {
    low: { at: failedSince ?? 0, seq: BEFORE_ALL },
    high:
      failedUntil === undefined
        ? { at: Number.MAX_SAFE_INTEGER, seq: AFTER_ALL }
        : { at: failedUntil, seq: BEFORE_ALL },
  };
}

/** The endpoints of applications that are not deleted. */
function* addOwners(
  s: HistorySession,
  rows: readonly FailedRow[],
  owners: Map<number, Owner>,
): Steps<void> {
  const seqs = new Set(rows.map(({ endpointSeq }) => endpointSeq));
  const unknown = [...seqs].filter((seq) => !owners.has(seq));
  if (unknown.length === 0) return;
  const found = yield* s.all<Owner>(
    `SELECT endpoint.seq AS seq, endpoint.id AS id, url, status, app.id AS app_id, app.uid AS app_uid,
       app.name AS app_name
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq
     WHERE ${s.sql.oneOf("endpoint.seq", "?1", "bigint")} AND app.deleted_at IS NULL`,
    [unknown],
  );
  for (const owner of found) owners.set(owner.seq, owner);
}

function toItem(
  row: FailedRow,
  facts: FailedFacts,
  owners: ReadonlyMap<number, Owner>,
): FailedDelivery {
  const event = facts.events.get(row.eventSeq);
  const { id, url, status, ...app } = owners.get(row.endpointSeq) as Owner;
  const last = facts.attempts.get(row.seq);
  return {
    eventId: event?.id ?? "",
    eventType: event?.type ?? "",
    endpoint: { id, url, status },
    app: { id: app.appId, uid: app.appUid, name: app.appName },
    part: row.part,
    failedAt: row.failedAt,
    attempts: row.attempts,
    end: toFailureEnd(row.reason),
    lastAttempt: last === undefined ? null : { statusCode: last.statusCode, reason: last.reason },
  };
}

/** The cursor of the last examined row, which the filter may have left out. */
function* findCursor(
  s: HistorySession,
  { eventSeq, endpointSeq, failedAt, part }: FailedRow,
  owners: ReadonlyMap<number, Owner>,
): Steps<string> {
  const event = yield* s.one<{ id: string }>("SELECT id FROM event WHERE seq = ?1", [eventSeq]);
  const owner = owners.get(endpointSeq);
  if (event === null || owner === undefined) return String(failedAt);
  return writeFailureCursor({ failedAt, eventId: event.id, endpointId: owner.id, part });
}
