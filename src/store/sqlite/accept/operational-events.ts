/**
 * Operational events, accepted in the transaction of their cause, so that both are committed or rolled back
 * together. They go into the operator's app, and only while it has endpoints. Events of the operator's own
 * app cause none, because that would never end.
 */
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import { OPERATOR_APP_ID, operationalEvent } from "../../../core/events/operational-events.ts";
import type {
  OperationalNote,
  OperationalSubject,
} from "../../../core/events/operational-events.ts";
import type { AttemptRow, RecordedOutcome } from "../../interface/queue.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { acceptEvent } from "./accept-event.ts";
import type { AcceptContext } from "./accept-event.ts";
import type { CachedApp, CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

/** The delivery of a note. `attempt` null finds the last one. */
type OfDelivery = {
  readonly deliverySeq: number;
  readonly eventSeq: number;
  readonly attempt: AttemptRow | null;
};

/** Operational events of a recorded attempt; a stale outcome has none. */
export function reportOutcome(
  writer: Writer,
  p: { readonly outcome: RecordedOutcome; readonly eventSeq: number; readonly now: number },
): void {
  const { deliveryId: deliverySeq, endpointId, attempt, operationalEvents = [] } = p.outcome;
  const delivery = { deliverySeq, eventSeq: p.eventSeq, attempt };
  for (const note of operationalEvents)
    notifyOperator(writer, { note, endpointId, delivery, now: p.now });
}

export function notifyOperator(
  writer: Writer,
  p: {
    readonly note: OperationalNote;
    readonly endpointId: string;
    readonly delivery: OfDelivery | null;
    readonly now: number;
  },
): void {
  const { note, now } = p;
  const endpoint = writer.state.endpoint(p.endpointId);
  const operator = writer.state.app(OPERATOR_APP_ID);
  if (endpoint === null || operator === null || endpoint.appSeq === operator.seq) return;
  if (writer.state.loadEndpoints(operator.seq).length === 0) return;
  if (note.type === "message.attempt.recovered" && hadSucceeded(writer, p.delivery)) return;
  if (note.type.startsWith("message.") && !writer.operationalEvents.allow(endpoint.seq, now))
    return;

  writer.idGenerator.setInstant(now);
  const id = `${ID_PREFIXES.event}${writer.idGenerator.ksuid()}`;
  const event = operationalEvent(note, loadSubject(writer, endpoint, p.delivery), { id, now });
  const { eventId } = event;
  if (eventId !== null && writer.windows.find(operator.seq, WINDOW_KINDS.event, eventId) !== null)
    return;
  const context = toContext(operator, now);
  // These deliveries are not urgent, and a call that records outcomes returns no leases.
  const outcome = acceptEvent({ ...writer, leaseRoom: 0 }, context, event, null);
  if (outcome.kind === "refused") {
    throw new Error(`the operational event ${event.type} was refused: ${outcome.message}`);
  }
  if (context.created === 0) return;
  writer.afterCommit.tally(operator.seq, { created: context.created, failed: context.failed });
}

function toContext(app: CachedApp, acceptedAt: number): AcceptContext {
  return {
    app,
    acceptedAt,
    explicitOptOuts: new Set(),
    leased: { events: [], deliveries: [] },
    full: new Set(),
    created: 0,
    failed: 0,
  };
}

function loadSubject(
  { sql }: Writer,
  endpoint: CachedEndpoint,
  delivery: OfDelivery | null,
): OperationalSubject {
  const row = sql(
    `SELECT app.id AS appId, app.uid AS appUid, endpoint.uid AS endpointUid
     FROM endpoint JOIN app ON app.seq = endpoint.appSeq WHERE endpoint.seq = ?`,
  ).get(endpoint.seq) as Pick<OperationalSubject, "appId" | "appUid" | "endpointUid">;
  const { endpointId } = endpoint;
  if (delivery === null) return { ...row, endpointId, delivery: null };
  const event = sql("SELECT id, eventId FROM event WHERE seq = ?").get(delivery.eventSeq);
  return {
    ...row,
    endpointId,
    delivery: {
      eventId: event?.["id"] as string,
      publisherEventId: (event?.["eventId"] ?? null) as string | null,
      lastAttempt: delivery.attempt ?? lastAttempt(sql, delivery),
    },
  };
}

type LastAttempt = NonNullable<NonNullable<OperationalSubject["delivery"]>["lastAttempt"]>;

/** Finds the delivery's latest attempt when a probe of the endpoint counted as its last one. */
function lastAttempt(sql: Writer["sql"], delivery: OfDelivery): LastAttempt | null {
  const row = sql(
    `SELECT id, at, statusCode FROM attempt WHERE eventSeq = ? AND deliverySeq = ?
     ORDER BY seq DESC LIMIT 1`,
  ).get(delivery.eventSeq, delivery.deliverySeq);
  return (row as LastAttempt | undefined) ?? null;
}

/** A delivery that had arrived before and was sent again did not recover. */
function hadSucceeded({ sql }: Writer, delivery: OfDelivery | null): boolean {
  if (delivery === null) return false;
  const row = sql(
    "SELECT 1 FROM attempt WHERE eventSeq = ? AND deliverySeq = ? AND succeeded = 1 AND id <> ?",
  ).get(delivery.eventSeq, delivery.deliverySeq, delivery.attempt?.id ?? "");
  return row !== undefined;
}
