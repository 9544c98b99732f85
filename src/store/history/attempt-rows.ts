/** Attempts as rows of a list. */
import { readDetail } from "../../core/delivery/attempt-detail.ts";
import type { AttemptFilter, AttemptView } from "../interface/history.ts";
import { isTrue } from "../session.ts";
import { type EventTraits, isWithin, JOINED_TRAIT_COLUMNS, passesFilter } from "./event-filter.ts";

/** The columns of the event are null once it is deleted or hidden, which may be before its attempts. */
export type AttemptRow = EventTraits & {
  readonly place: number;
  readonly id: string;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly eventId: string | null;
  /** Absent in a list of one endpoint. */
  readonly endpointId?: string;
  readonly at: number;
  readonly durationMs: number;
  readonly url: string;
  readonly statusCode: number;
  readonly response: string | null;
  readonly reason: string | null;
  readonly succeeded: boolean | number;
  readonly manual: boolean | number;
  readonly resent: boolean | number;
  readonly detail: string | null;
};

export const COLUMNS = `listed.seq AS place, listed.id, listed.event_seq, listed.endpoint_seq, listed.at,
  listed.duration_ms, listed.url, listed.status_code, listed.response, listed.reason, listed.succeeded,
  listed.manual, listed.resent, listed.detail, event.id AS event_id, ${JOINED_TRAIT_COLUMNS}`;
export const WITH_ENDPOINT = `${COLUMNS},
  (SELECT id FROM endpoint WHERE endpoint.seq = listed.endpoint_seq) AS endpoint_id`;

export function isAskedFor(row: AttemptRow, filter: AttemptFilter): boolean {
  if (row.eventId === null || !isWithin(row.at, filter) || !passesFilter(filter, row)) return false;
  const status = isTrue(row.succeeded) ? "delivered" : "failed";
  if (filter.statuses !== undefined && !filter.statuses.includes(status)) return false;
  const asked = filter.statusCodeClass;
  return asked === undefined || Math.floor(row.statusCode / 100) * 100 === asked;
}

export function toAttempt(row: AttemptRow, endpointId: string): AttemptView {
  return {
    id: row.id,
    eventId: row.eventId ?? "",
    endpointId,
    at: row.at,
    durationMs: row.durationMs,
    url: row.url,
    statusCode: row.statusCode,
    response: row.response,
    reason: row.reason,
    succeeded: isTrue(row.succeeded),
    trigger: isTrue(row.manual) ? "manual" : "scheduled",
    isResent: isTrue(row.resent),
    detail: readDetail(row.detail),
    event: null,
  };
}
