/**
 * Operational events inform the operator about endpoints and deliveries, under Svix's names and in its
 * shapes. They are created in the transaction of their cause, so that neither is stored without the other.
 * The code that judges an attempt states the transition (`operationalEvents`), the store states changes of
 * endpoints, and adds the data that it has. The functions are pure. An event names its subjects by their ids and
 * contains no payload, no text, no phone number and no secret (I10).
 */
import type { NewEvent } from "../decide-types.ts";
import { TASK_STATUSES, toTaskData, type Task } from "./background-task.ts";
import { ATTEMPT_LOG, type OperationalEventType } from "./event-type.ts";
import type { Instant } from "../snapshot.ts";

/** The application of the operator's endpoints. No list shows it and no path reaches it. */
export const OPERATOR_APP_ID = "app_operator";

/** The transition of a delivery that an attempt caused. */
export type AttemptTurn = Exclude<
  Extract<OperationalEventType, `message.${string}`>,
  typeof ATTEMPT_LOG
>;

/** A note that is written together with the outcome of an attempt. */
export type AttemptNote =
  | { readonly type: AttemptTurn }
  | {
      /** The warning before an endpoint is disabled. */
      readonly type: "endpoint.failing";
      readonly failingSince: Instant | null;
    };

/** A note that is written together with the change of an endpoint. */
export type EndpointNote =
  | {
      readonly type:
        | "endpoint.created"
        | "endpoint.updated"
        | "endpoint.deleted"
        | "endpoint.enabled";
    }
  | {
      readonly type: "endpoint.disabled";
      readonly reason: "by_user" | "gone" | "failing";
      readonly failingSince: Instant | null;
    };

/** A note about an endpoint, or about one of its deliveries. */
export type SubjectNote =
  | AttemptNote
  | EndpointNote
  | { readonly type: "endpoint.backlog_full"; readonly limit: number };

/** A note that is written together with the end of a background task. */
export type TaskNote = { readonly type: "background_task.finished"; readonly task: Task };

/** An attempt in the log of attempts. */
export type LoggedAttempt = {
  readonly appId: string;
  readonly appUid: string | null;
  readonly endpointId: string;
  readonly eventId: string;
  readonly publisherEventId: string | null;
  readonly eventType: string;
  readonly acceptedAt: Instant;
  readonly id: string;
  /** Number of attempts of the delivery, this one included. */
  readonly count: number;
  readonly at: Instant;
  readonly durationMs: number;
  readonly statusCode: number;
  readonly succeeded: boolean;
};

/** The store's data about the endpoint, and about the delivery if the note is about one. */
export type OperationalSubject = {
  readonly appId: string;
  readonly appUid: string | null;
  readonly endpointId: string;
  readonly endpointUid: string | null;
  readonly delivery: {
    readonly eventId: string;
    /** The publisher's id of the event. */
    readonly publisherEventId: string | null;
    readonly lastAttempt: {
      readonly id: string;
      readonly at: Instant;
      readonly statusCode: number;
    } | null;
  } | null;
};

/** The fourth failure of a delivery is reported, as in Svix; the first three are ordinary. */
const FAILING_ATTEMPTS = 4;
const HOUR_MS = 3_600_000;

/** A receiver that refuses the credentials does not recover by itself, so its first refusal is reported. */
const AUTHENTICATION_REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/**
 * Returns null for an attempt that is not reported; `attempts` counts the attempts before it. A recovery is
 * reported only if the earlier attempts were; see `hasRecovered`.
 */
export function attemptTurn(p: {
  readonly attempts: number;
  readonly state: "delivered" | "pending" | "failed";
  /** The status of the response; 0 when there was no response. */
  readonly statusCode: number;
}): AttemptTurn | null {
  if (p.state === "failed") return "message.attempt.exhausted";
  if (p.state === "delivered") return p.attempts > 0 ? "message.attempt.recovered" : null;
  const isEarly = p.attempts === 0 && AUTHENTICATION_REFUSALS.has(p.statusCode);
  return isEarly || p.attempts + 1 === FAILING_ATTEMPTS ? "message.attempt.failing" : null;
}

/**
 * Returns whether a success ends failures that were reported as failing. `earlier` are the attempts before it, the
 * latest first. A delivery that had arrived before and was sent again did not recover.
 */
export function hasRecovered(
  earlier: readonly { readonly statusCode: number; readonly succeeded: boolean }[],
): boolean {
  if (earlier.some(({ succeeded }) => succeeded)) return false;
  const first = earlier.at(-1);
  if (first === undefined) return false;
  return earlier.length >= FAILING_ATTEMPTS || AUTHENTICATION_REFUSALS.has(first.statusCode);
}

type Made = { readonly id: string; readonly now: Instant };

/**
 * Returns an event that is accepted like any other. `id` is fresh. A full backlog is reported once per
 * endpoint and hour of the clock, because the `eventId` contains the hour.
 */
export function operationalEvent(
  note: SubjectNote,
  subject: OperationalSubject,
  made: Made,
): NewEvent {
  const { type } = note;
  const event = toEvent(type, toData(note, subject), made);
  if (type !== "endpoint.backlog_full") return event;
  return { ...event, eventId: `${type}:${subject.endpointId}:${Math.floor(made.now / HOUR_MS)}` };
}

/** The same for a background task, which has no subject. */
export function taskEvent({ type, task }: TaskNote, made: Made): NewEvent {
  const { id: taskId, kind, state } = task;
  const data = { data: toTaskData(task), status: TASK_STATUSES[state], task: kind, taskId };
  return toEvent(type, data, made);
}

/** Svix's environment of an application; there is one here. */
const ORG_ID = "org_hookline";
/** Svix's statuses of an attempt. */
const SUCCESS = 0;
const FAIL = 2;

/** The log of some attempts. As in Svix, its data is a list. */
export function attemptLogEvent(attempts: readonly LoggedAttempt[], made: Made): NewEvent {
  const data = attempts.map((attempt) => ({
    orgId: ORG_ID,
    appId: attempt.appId,
    appUid: attempt.appUid,
    endpointId: attempt.endpointId,
    msgId: attempt.eventId,
    msgEventId: attempt.publisherEventId,
    msgCreated: isoOrNull(attempt.acceptedAt),
    eventType: attempt.eventType,
    attemptId: attempt.id,
    attemptCount: attempt.count,
    attemptStart: isoOrNull(attempt.at),
    attemptEnd: isoOrNull(attempt.at + attempt.durationMs),
    responseStatusCode: attempt.statusCode,
    status: attempt.succeeded ? SUCCESS : FAIL,
  }));
  return toEvent(ATTEMPT_LOG, data, made);
}

function toEvent(type: OperationalEventType, data: object, { id, now }: Made): NewEvent {
  return {
    id,
    type,
    eventId: null,
    payloadText: JSON.stringify({ type, data }),
    contentType: "application/json",
    canonical: null,
    occurredAt: now,
    channels: [],
    tags: [],
    orderingKey: null,
    deliverAt: null,
    retentionMs: null,
    derive: false,
    historical: false,
    onlyEndpointId: null,
    derivedFrom: null,
  };
}

function toData(note: SubjectNote, subject: OperationalSubject): object {
  const { appId, appUid, endpointId, endpointUid, delivery } = subject;
  const endpoint = { appId, appUid, endpointId };
  switch (note.type) {
    case "message.attempt.exhausted":
    case "message.attempt.failing":
    case "message.attempt.recovered":
      return {
        ...endpoint,
        msgId: delivery?.eventId ?? null,
        msgEventId: delivery?.publisherEventId ?? null,
        lastAttempt: findLastAttempt(delivery),
      };
    case "endpoint.created":
    case "endpoint.updated":
    case "endpoint.deleted":
    case "endpoint.enabled":
      return { ...endpoint, endpointUid };
    case "endpoint.disabled":
      return {
        ...endpoint,
        endpointUid,
        failSince: isoOrNull(note.failingSince),
        trigger: note.reason === "by_user" ? "manual" : "automatic",
        reason: note.reason,
      };
    case "endpoint.failing":
      return { ...endpoint, endpointUid, failSince: isoOrNull(note.failingSince) };
    case "endpoint.backlog_full":
      return { ...endpoint, endpointUid, limit: note.limit };
  }
}

function findLastAttempt(delivery: OperationalSubject["delivery"]): object | null {
  if (delivery === null || delivery.lastAttempt === null) return null;
  const { id, at, statusCode } = delivery.lastAttempt;
  return { id, timestamp: isoOrNull(at), responseStatusCode: statusCode };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
