/**
 * One part of a fan-out: the next deliveries of an application's events, by the event's place in the feed and
 * then by the endpoint. The deliveries, the endpoint reached and the end of an event are one transaction. The
 * endpoints are those of now: deleted and disabled ones, and those made after the event, get nothing.
 */
import { performance } from "node:perf_hooks";
import type { EndpointIndex } from "../../core/events/endpoint-index.ts";
import type { AcceptEndpoint } from "../accept/accept-state.ts";
import { planStored, type MatchedRow, type StoredPayload } from "../accept/event-matching.ts";
import { loadPayload } from "../accept/stored-payload.ts";
import { backlogFullNotes } from "../accept/operational-events.ts";
import { TRAIT_COLUMNS } from "../history/event-filter.ts";
import type { FanOutStore } from "../interface/fan-outs.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { toReserved } from "./reserved.ts";
import type { FanOutDraft } from "./statements.ts";

type Step = Parameters<FanOutStore["step"]>[0];

type FanOutRow = {
  readonly eventSeq: number;
  readonly place: number;
  /** The last endpoint that has its deliveries; 0 at the beginning. */
  readonly reached: number;
  readonly newestEndpoint: number;
  readonly remaining: number;
  readonly bytes: number;
};

type StoredEvent = MatchedRow & {
  readonly seq: number;
  readonly orderingKey: string | null;
  readonly deliverAt: number | null;
  readonly acceptedAt: number;
};

/** The result for one row: `reached` is null when its event is fanned out. */
type Progress = { readonly row: FanOutRow; readonly made: number; readonly reached: number | null };

export function* stepFanOuts(
  s: WriteSession,
  p: Step,
): Steps<Awaited<ReturnType<FanOutStore["step"]>>> {
  const appSeq = (yield* nextApp(s, p.after)) ?? (yield* nextApp(s, 0));
  if (appSeq === null) return { made: 0, isTaken: false, next: null };
  yield* s.shareApps([appSeq]);
  const rows = yield* takeRows(s, appSeq, p.limit);
  if (rows.length === 0) return { made: 0, isTaken: true, next: appSeq };
  const endpoints = yield* loadEndpoints(s, appSeq);
  const events = yield* lockEvents(s, rows, endpoints);
  const existing = yield* findExisting(s, rows, events);

  // Reads and writes are bounded by `limit`. Only matching may take long without a result.
  const stopAt = performance.now() + p.sliceMs;
  const drafts: FanOutDraft[] = [];
  const progress: Progress[] = [];
  for (const row of rows) {
    const event = events.get(row.eventSeq);
    const room = p.limit - drafts.length;
    const isEnded = event === undefined || endpoints === null;
    const payload = isEnded || !endpoints.readsPayload ? null : yield* loadPayload(s, row.eventSeq);
    const part = isEnded
      ? ENDED
      : planPart(row, event, { endpoints, payload, existing, room, now: p.now });
    drafts.push(...part.drafts);
    progress.push({ row, made: part.drafts.length, reached: part.reached });
    if (part.reached !== null || drafts.length >= p.limit || performance.now() >= stopAt) break;
  }
  const full = yield* s.addFannedOut(appSeq, drafts);
  yield* saveProgress(s, appSeq, progress);
  const notes = backlogFullNotes(full, { limit: s.limits.pendingDeliveries, now: p.now });
  yield* s.notifyOperator(notes);
  return { made: drafts.length, isTaken: false, next: appSeq };
}

function* nextApp(s: Session, after: number): Steps<number | null> {
  const row = yield* s.one<{ appSeq: number | null }>(
    "SELECT min(app_seq) AS app_seq FROM fan_out WHERE app_seq > ?1",
    [after],
  );
  return row?.appSeq ?? null;
}

/**
 * Locks the application's first rows. The node that has the first one has the application. Another node finds
 * it locked and returns later; it may not take the second row instead.
 */
function* takeRows(s: WriteSession, appSeq: number, limit: number): Steps<readonly FanOutRow[]> {
  const first = yield* s.one<{ place: number; remaining: number }>(
    `SELECT place, remaining FROM fan_out
     WHERE app_seq = ?1 AND place = (SELECT min(place) FROM fan_out WHERE app_seq = ?1)
     ${s.sql.skipLocked("fan_out")}`,
    [appSeq],
  );
  if (first === null) return [];
  // Events of one publish often have equally many.
  const count = Math.ceil(limit / Math.max(1, first.remaining));
  return yield* s.all<FanOutRow>(
    `SELECT event_seq, place, reached, newest_endpoint, remaining, bytes FROM fan_out
     WHERE app_seq = ?1 AND place >= ?2 ORDER BY place LIMIT ?3 ${s.sql.forUpdate}`,
    [appSeq, first.place, count],
  );
}

function* loadEndpoints(
  s: WriteSession,
  appSeq: number,
): Steps<EndpointIndex<AcceptEndpoint> | null> {
  const app = yield* s.one<{ id: string }>(
    "SELECT id FROM app WHERE seq = ?1 AND deleted_at IS NULL",
    [appSeq],
  );
  return app === null ? null : yield* s.loadAcceptEndpoints({ seq: appSeq, id: app.id });
}

/** Locks the events that still have their content: no transaction blanks or resends them until this ends. */
function* lockEvents(
  s: WriteSession,
  rows: readonly FanOutRow[],
  endpoints: EndpointIndex | null,
): Steps<ReadonlyMap<number, StoredEvent>> {
  if (endpoints === null || endpoints.size === 0) return new Map();
  const participants = endpoints.readsMessage ? "participants" : "NULL AS participants";
  const events = yield* s.all<StoredEvent>(
    `SELECT seq, ${TRAIT_COLUMNS}, matching, ${participants}, ordering_key, deliver_at, accepted_at
     FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND accepted_at >= ?2
       AND payload IS NOT NULL ORDER BY seq ${s.sql.forNoKeyUpdate}`,
    [rows.map(({ eventSeq }) => eventSeq), s.horizon()],
  );
  return new Map(events.map((event) => [event.seq, event]));
}

/** Deliveries behind the cursor: a resend may be earlier. Only the first row can have made some itself. */
function* findExisting(
  s: WriteSession,
  rows: readonly FanOutRow[],
  events: ReadonlyMap<number, StoredEvent>,
): Steps<ReadonlySet<string>> {
  const found = new Set<string>();
  if (events.size === 0) return found;
  const [first, ...others] = rows as readonly [FanOutRow, ...FanOutRow[]];
  const least = s.leastDelivery(Math.min(...rows.map(({ eventSeq }) => eventSeq)));
  const text = `SELECT event_seq, endpoint_seq FROM delivery
    WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND endpoint_seq > ?2 AND seq >= ?3`;
  type Existing = { readonly eventSeq: number; readonly endpointSeq: number };
  const read = (of: readonly FanOutRow[], reached: number) =>
    s.all<Existing>(text, [of.map(({ eventSeq }) => eventSeq), reached, least]);
  for (const { eventSeq, endpointSeq } of [
    ...(yield* read([first], first.reached)),
    ...(others.length === 0 ? [] : yield* read(others, 0)),
  ]) {
    found.add(toKey(eventSeq, endpointSeq));
  }
  return found;
}

type Part = { readonly drafts: readonly FanOutDraft[]; readonly reached: number | null };
const ENDED: Part = { drafts: [], reached: null };

/** All webhooks of one endpoint are in one part. */
function planPart(
  row: FanOutRow,
  event: StoredEvent,
  p: {
    readonly endpoints: EndpointIndex<AcceptEndpoint>;
    readonly payload: StoredPayload | null;
    readonly existing: ReadonlySet<string>;
    readonly room: number;
    readonly now: number;
  },
): Part {
  const drafts: FanOutDraft[] = [];
  // The schedule of a delivery begins when it is made. Clocks of nodes may differ.
  const acceptedAt = Math.max(p.now, event.acceptedAt);
  const made = { ...event, acceptedAt, bytes: row.bytes };
  let reached = row.reached;
  for (const { endpointId, webhookIndex } of planStored(p.endpoints, event, p.payload)) {
    const endpoint = p.endpoints.find(endpointId) as AcceptEndpoint;
    if (endpoint.seq <= row.reached || endpoint.seq > row.newestEndpoint) continue;
    if (p.existing.has(toKey(event.seq, endpoint.seq))) continue;
    if (drafts.length >= p.room && endpoint.seq !== reached) return { drafts, reached };
    reached = endpoint.seq;
    drafts.push({ event: made, endpoint, webhookIndex });
  }
  return { drafts, reached: null };
}

/** Releases the reservation of the deliveries that were made. The end of an event releases the rest. */
function* saveProgress(
  s: WriteSession,
  appSeq: number,
  progress: readonly Progress[],
): Steps<void> {
  const ended: number[] = [];
  for (const { row, made, reached } of progress) {
    const remaining = reached === null ? 0 : Math.max(0, row.remaining - made);
    s.tally(appSeq, toReserved({ remaining: remaining - row.remaining, bytes: row.bytes }));
    if (reached === null) {
      ended.push(row.place);
      continue;
    }
    yield* s.run(
      "UPDATE fan_out SET reached = ?1, remaining = ?2 WHERE app_seq = ?3 AND place = ?4",
      [reached, remaining, appSeq, row.place],
    );
  }
  if (ended.length === 0) return;
  yield* s.run(
    `DELETE FROM fan_out WHERE app_seq = ?1 AND ${s.sql.oneOf("place", "?2", "bigint")}`,
    [appSeq, ended],
  );
  s.fanOutsEnded();
}

function toKey(eventSeq: number, endpointSeq: number): string {
  return `${eventSeq} ${endpointSeq}`;
}
