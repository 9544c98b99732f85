/** The content that a delivery is rendered from. */
import { findEndpoint } from "../endpoints/rows.ts";
import type { DeliveryContent, HistoryStore } from "../interface/history.ts";
import { isTrue, type Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { findEventSeq } from "./event-rows.ts";
import type { HistorySession } from "./session.ts";

type Params = Parameters<HistoryStore["deliveryContent"]>[0];

type DeliveryRow = {
  readonly part: number;
  readonly attempts: number;
  readonly manual: boolean | number;
};
type ContentRow = {
  readonly eventId: string;
  readonly type: string;
  readonly payloadText: string | null;
  readonly contentType: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly participants: string | null;
};

export function* deliveryContent(s: HistorySession, p: Params): Steps<DeliveryContent | null> {
  const app = yield* findApp(s, p.appRef);
  const eventSeq = app === null ? null : yield* findEventSeq(s, app.seq, p.eventId);
  const endpoint = app === null ? null : yield* findEndpoint(s, app.seq, p.endpointRef);
  if (app === null || eventSeq === null || endpoint === null) return null;
  const delivery = yield* s.one<DeliveryRow>(
    `SELECT part, attempts, manual FROM delivery
     WHERE event_seq = ?1 AND endpoint_seq = ?2 AND seq >= ?3 AND (part = ?4 OR ?5 = 1) LIMIT 1`,
    [eventSeq, endpoint.seq, s.leastDelivery(eventSeq), p.part ?? 0, p.part === null ? 1 : 0],
  );
  if (delivery === null) return null;
  const event = yield* s.one<ContentRow>(
    `SELECT id AS event_id, type, payload AS payload_text, content_type, occurred_at, accepted_at, participants
     FROM event WHERE seq = ?1`,
    [eventSeq],
  );
  if (event === null) return null;
  const { participants, payloadText, ...facts } = event;
  return {
    endpointId: endpoint.id,
    part: delivery.part,
    attempts: delivery.attempts,
    isReplay: isTrue(delivery.manual),
    content:
      payloadText === null
        ? null
        : { facts: { ...facts, appId: app.id, payloadText }, participants },
  };
}
