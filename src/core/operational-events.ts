/**
 * Operational events: what the server tells its operator about endpoints and deliveries, under
 * Svix's names and in its shapes. They are made inside the transaction of what they tell, so that
 * neither is ever there without the other: whoever judges an attempt or changes an endpoint says
 * which turn it was (`operationalEvents`), and the store completes it with what it knows. Pure. An event names
 * things by their ids and holds no payload, no text, no number and no secret (I10).
 */
import type { NewEvent } from "./decide-types.ts";
import type { OperationalEventType } from "./event-type.ts";
import type { Instant } from "./snapshot.ts";

/** The app that the operator's endpoints are of. No list shows it and no path reaches it. */
export const OPERATOR_APP_ID = "app_operator";

/** Which turn an attempt was for its delivery. */
export type AttemptTurn = Extract<OperationalEventType, `message.${string}`>;

/** Told together with the outcome of an attempt. */
export type AttemptNote =
  | { readonly type: AttemptTurn }
  | {
      /** The warning before an endpoint is disabled. */
      readonly type: "endpoint.failing";
      readonly failingSince: Instant | null;
    };

/** Told together with the change of an endpoint's status. */
export type StatusNote =
  | { readonly type: "endpoint.enabled" }
  | {
      readonly type: "endpoint.disabled";
      readonly reason: "by_user" | "gone" | "failing";
      readonly failingSince: Instant | null;
    };

export type OperationalNote =
  | AttemptNote
  | StatusNote
  | { readonly type: "endpoint.backlog_full"; readonly limit: number };

/** What the store knows of the endpoint, and of the delivery when the note is of one. */
export type OperationalSubject = {
  readonly appId: string;
  readonly appUid: string | null;
  readonly endpointId: string;
  readonly endpointUid: string | null;
  readonly delivery: {
    readonly eventId: string;
    /** The publisher's own id. */
    readonly publisherEventId: string | null;
    readonly lastAttempt: {
      readonly id: string;
      readonly at: Instant;
      readonly statusCode: number;
    } | null;
  } | null;
};

/** As Svix: the fourth failure of a delivery is told, the first three are everyday life. */
const FAILING_ATTEMPTS = 4;
const HOUR_MS = 3_600_000;

/** A receiver that wants other credentials will not get well by itself, so its first "no" is told. */
const AUTHENTICATION_REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** Null for an attempt that is nothing to tell; `attempts` counts those before it. */
export function attemptTurn(p: {
  readonly attempts: number;
  readonly state: "delivered" | "pending" | "failed";
  /** Of the answer; 0 when there was none. */
  readonly statusCode: number;
}): AttemptTurn | null {
  if (p.state === "failed") return "message.attempt.exhausted";
  if (p.state === "delivered") {
    return p.attempts >= FAILING_ATTEMPTS ? "message.attempt.recovered" : null;
  }
  const isEarly = p.attempts === 0 && AUTHENTICATION_REFUSALS.has(p.statusCode);
  return isEarly || p.attempts + 1 === FAILING_ATTEMPTS ? "message.attempt.failing" : null;
}

/**
 * The event as any other is accepted. `id` is fresh. A full backlog is told once per endpoint and
 * hour of the clock, which its own `eventId` sees to.
 */
export function operationalEvent(
  note: OperationalNote,
  subject: OperationalSubject,
  { id, now }: { readonly id: string; readonly now: Instant },
): NewEvent {
  const { type } = note;
  const isFull = type === "endpoint.backlog_full";
  return {
    id,
    type,
    eventId: isFull ? `${type}:${subject.endpointId}:${Math.floor(now / HOUR_MS)}` : null,
    payloadText: JSON.stringify({ type, data: toData(note, subject) }),
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

function toData(note: OperationalNote, subject: OperationalSubject): object {
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
