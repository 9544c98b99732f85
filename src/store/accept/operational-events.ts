/**
 * Operational events, accepted in the transaction that causes them: a rollback undoes them, a commit keeps
 * them. They go to the operator's app, and only while one of its endpoints asks for their type. The operator's
 * app itself causes no operational events, because those would cause others without end.
 */
import type { NewEvent } from "../../core/decide-types.ts";
import type { EndpointIndex } from "../../core/events/endpoint-index.ts";
import { ATTEMPT_LOG, type OperationalEventType } from "../../core/events/event-type.ts";
import {
  attemptLogEvent,
  hasRecovered,
  operationalEvent,
  taskEvent,
} from "../../core/events/operational-events.ts";
import type {
  LoggedAttempt,
  OperationalSubject,
  SubjectNote,
  TaskNote,
} from "../../core/events/operational-events.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { AttemptRow } from "../interface/queue.ts";
import { acceptEvent, toContext } from "./accept-event.ts";
import type { AcceptApp, AcceptState } from "./accept-state.ts";
import { findFirst } from "./duplicates.ts";
import { createPlan, NO_LIMITS, writeDeliveries } from "./publish-plan.ts";
import type { OperationalEventLimiter } from "./operational-event-limiter.ts";

export type Occurrence = SubjectOccurrence | TaskOccurrence | LogOccurrence;

/** Attempts of tenants for the log of attempts. */
export type LogOccurrence = {
  readonly note: { readonly type: typeof ATTEMPT_LOG };
  readonly attempts: readonly RecordedAttempt[];
  readonly now: number;
};

export type RecordedAttempt = {
  readonly endpointId: string;
  readonly eventSeq: number;
  readonly attempt: AttemptRow;
  /** Number of attempts of the delivery, this one included. */
  readonly count: number;
};

export type TaskOccurrence = {
  readonly note: TaskNote;
  readonly appSeq: number;
  readonly now: number;
};

export type SubjectOccurrence = {
  readonly note: SubjectNote;
  readonly endpointId: string;
  /** When `attempt` is null, the delivery's last one is looked up. */
  readonly delivery: {
    readonly deliverySeq: number;
    readonly eventSeq: number;
    readonly attempt: AttemptRow | null;
  } | null;
  readonly now: number;
};

type Delivery = NonNullable<SubjectOccurrence["delivery"]>;
export type SubjectEndpoint = { readonly endpointSeq: number; readonly appSeq: number };
/** The ids in an event about an endpoint. */
export type SubjectIds = Omit<OperationalSubject, "delivery">;
export type SubjectAttempt = Pick<AttemptRow, "id" | "at" | "statusCode"> & {
  readonly succeeded: boolean | number;
};
export type SubjectEvent = Pick<NewEvent, "id" | "eventId" | "type"> & {
  readonly acceptedAt: number;
};
/** The rows of the subjects. */
export interface Subjects {
  findEndpoint(endpointId: string): SubjectEndpoint | undefined;
  /** The ids of an endpoint that was found. */
  loadIds(endpointId: string): SubjectIds;
  findEvent(eventSeq: number): SubjectEvent | undefined;
  /** The latest attempt comes first. */
  listAttempts(delivery: Delivery): readonly SubjectAttempt[];
}

/** The occurrences whose types one of the operator's endpoints asks for. */
export function pickWanted<One extends Occurrence>(
  occurrences: readonly One[],
  endpoints: EndpointIndex,
): readonly One[] {
  return endpoints.size === 0
    ? []
    : occurrences.filter(({ note }) => isWanted(endpoints, note.type));
}

/** Whether an endpoint of the operator asks for the log of attempts. */
export function asksForLog(endpoints: EndpointIndex): boolean {
  return endpoints.size > 0 && isWanted(endpoints, ATTEMPT_LOG);
}

const ANY_EVENT = { onlyEndpointId: null, historical: false, channels: [], tags: [] };

function isWanted(endpoints: EndpointIndex, type: OperationalEventType): boolean {
  return endpoints.findWanting(ANY_EVENT, { type, message: null }, null, null).length > 0;
}

/** Whether the occurrence becomes an event; counts it for the limits. */
export function isReported(
  occurrence: Occurrence,
  p: { operator: AcceptApp; subjects: Subjects; limiter: OperationalEventLimiter },
): boolean {
  if ("attempts" in occurrence) {
    return p.limiter.allow("log", 0, occurrence.now, occurrence.attempts.length);
  }
  if ("appSeq" in occurrence) return p.limiter.allow("change", occurrence.appSeq, occurrence.now);
  const { note, endpointId, delivery, now } = occurrence;
  const endpoint = p.subjects.findEndpoint(endpointId);
  if (endpoint === undefined || endpoint.appSeq === p.operator.seq) return false;
  if (note.type === "message.attempt.recovered") {
    if (delivery === null || !hasRecovered(listEarlier(p.subjects, delivery))) return false;
  }
  if (note.type.startsWith("message."))
    return p.limiter.allow("attempt", endpoint.endpointSeq, now);
  return !isByCall(note) || p.limiter.allow("change", endpoint.appSeq, now);
}

/** The other ones are rare by themselves. */
function isByCall(note: SubjectNote): boolean {
  switch (note.type) {
    case "endpoint.created":
    case "endpoint.updated":
    case "endpoint.deleted":
    case "endpoint.enabled":
      return true;
    case "endpoint.disabled":
      return note.reason === "by_user";
    default:
      return false;
  }
}

export function toOperationalEvent(
  occurrence: Occurrence,
  subjects: Subjects,
  ids: AcceptState["ids"],
): NewEvent {
  const { now } = occurrence;
  ids.setInstant(now);
  const id = `${ID_PREFIXES.event}${ids.ksuid()}`;
  if ("attempts" in occurrence) {
    return attemptLogEvent(toLogged(occurrence.attempts, subjects), { id, now });
  }
  if ("appSeq" in occurrence) return taskEvent(occurrence.note, { id, now });
  const { note, endpointId, delivery } = occurrence;
  const { appId, appUid, endpointUid } = subjects.loadIds(endpointId);
  const about = delivery === null ? null : toDelivery(subjects, delivery);
  const subject = { appId, appUid, endpointId, endpointUid, delivery: about };
  return operationalEvent(note, subject, { id, now });
}

function toLogged(attempts: readonly RecordedAttempt[], subjects: Subjects): LoggedAttempt[] {
  return attempts.flatMap(({ endpointId, eventSeq, attempt, count }) => {
    const event = subjects.findEvent(eventSeq);
    if (event === undefined) return [];
    const { appId, appUid } = subjects.loadIds(endpointId);
    const { id: eventId, eventId: publisherEventId, type: eventType, acceptedAt } = event;
    const about = { appId, appUid, endpointId, eventId, publisherEventId, eventType, acceptedAt };
    const { id, at, durationMs, statusCode, succeeded } = attempt;
    return [{ ...about, id, count, at, durationMs, statusCode, succeeded }];
  });
}

/** Skips an event that repeats another one within the window. */
export function acceptOperationalEvent(
  state: AcceptState,
  operator: AcceptApp,
  event: NewEvent,
  now: number,
): void {
  const { eventId, type } = event;
  if (eventId !== null && findFirst(state, operator.seq, eventId) !== null) return;
  // These deliveries are not urgent, and a call that records outcomes returns no leases.
  const plan = createPlan(NO_LIMITS);
  const common = { app: operator, acceptedAt: now, publish: 0, mayLease: false, plan };
  const outcome = acceptEvent(state, toContext(state, common), event, null);
  if (outcome.kind === "refused") {
    throw new Error(`the operational event ${type} was refused: ${outcome.message}`);
  }
  writeDeliveries(state, operator.seq, plan);
}

/** One note for each endpoint whose quota failed deliveries of a publish. */
export function backlogFullNotes(
  endpointIds: readonly string[],
  { limit, now }: { readonly limit: number; readonly now: number },
): readonly Occurrence[] {
  const note = { type: "endpoint.backlog_full", limit } as const;
  return [...new Set(endpointIds)].map((endpointId) => ({ note, endpointId, delivery: null, now }));
}

function listEarlier(subjects: Subjects, delivery: Delivery) {
  return subjects
    .listAttempts(delivery)
    .filter(({ id }) => id !== delivery.attempt?.id)
    .map(({ statusCode, succeeded }) => ({ statusCode, succeeded: Boolean(succeeded) }));
}

/** The latest attempt counts when a probe of the endpoint was the delivery's last one. */
function toDelivery(subjects: Subjects, delivery: Delivery): OperationalSubject["delivery"] {
  const event = subjects.findEvent(delivery.eventSeq);
  const attempt = delivery.attempt ?? subjects.listAttempts(delivery)[0] ?? null;
  return {
    eventId: event?.id as string,
    publisherEventId: event?.eventId ?? null,
    lastAttempt:
      attempt === null ? null : { id: attempt.id, at: attempt.at, statusCode: attempt.statusCode },
  };
}
