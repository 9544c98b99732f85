/** The content of an event with its relatives: the event that it was derived from, and those derived from it. */
import { DERIVED_TYPES } from "../../core/events/derive.ts";
import { derivedId } from "../../core/ids/ids.ts";
import type { MatchedRow } from "../accept/event-matching.ts";
import type { EventContent, EventName, HistoryStore } from "../interface/history.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { TRAIT_COLUMNS } from "./event-filter.ts";
import { findEventSeq } from "./event-rows.ts";
import type { HistorySession } from "./session.ts";
import { readDerivedEvents, readTextEvent } from "./text-rows.ts";

type Params = Parameters<HistoryStore["eventContent"]>[0];
type Row = MatchedRow & {
  readonly id: string;
  readonly payloadText: string | null;
  readonly contentType: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly parentSeq: number | null;
};

/** Each step is a search of an index, and there are five for any event. */
export function* eventContent(s: HistorySession, p: Params): Steps<EventContent | null> {
  const app = yield* findApp(s, p.appRef);
  const seq = app === null ? null : yield* findEventSeq(s, app.seq, p.ref);
  if (app === null || seq === null) return null;
  const row = yield* s.one<Row>(
    `SELECT id, ${TRAIT_COLUMNS}, matching, participants, payload AS payload_text, content_type, occurred_at,
       accepted_at, parent_seq
     FROM event WHERE seq = ?1`,
    [seq],
  );
  if (row === null) return null;
  const { id, type, channels, tags, matching, participants, payloadText, parentSeq, ...times } =
    row;
  const parent =
    parentSeq === null ? null : yield* readTextEvent(s, { appSeq: app.seq, seq: parentSeq });
  const ids = DERIVED_TYPES.map((one) => derivedId(id, one));
  const derived = yield* readDerivedEvents(s, { appSeq: app.seq, ids });
  return {
    id,
    matched: { type, channels, tags, matching, participants },
    facts:
      payloadText === null ? null : { eventId: id, appId: app.id, type, payloadText, ...times },
    derivedFrom: parent === null ? null : toName(parent),
    derived: derived.map(toName).toSorted((one, other) => (one.type < other.type ? -1 : 1)),
  };
}

function toName({ id, type }: EventName): EventName {
  return { id, type };
}
