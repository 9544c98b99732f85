/** The data of endpoints and deliveries in operational events, read for all events at once. */
import type { OperationalSubject } from "../../../core/events/operational-events.ts";
import type { OperationalEvent } from "./operational-event.ts";
import type { Tx } from "../types.ts";

type EndpointRow = {
  readonly endpointId: string;
  readonly endpointSeq: number;
  readonly endpointUid: string | null;
  readonly appSeq: number;
  readonly appId: string;
  readonly appUid: string | null;
};
type AttemptOf = {
  readonly deliverySeq: number;
  readonly id: string;
  readonly at: number;
  readonly statusCode: number;
  readonly succeeded: boolean;
};

export type Subjects = {
  endpoint(id: string): EndpointRow | undefined;
  subject(occurrence: OperationalEvent): OperationalSubject;
  /** A delivery that had succeeded before and was sent again did not recover. */
  hadSucceeded(occurrence: OperationalEvent): boolean;
};

export async function loadSubjects(
  tx: Tx,
  occurrences: readonly OperationalEvent[],
): Promise<Subjects> {
  const endpoints = await tx.sql<EndpointRow>(
    `SELECT endpoint.id AS endpoint_id, endpoint.seq AS endpoint_seq, endpoint.uid AS endpoint_uid,
       app.seq AS app_seq, app.id AS app_id, app.uid AS app_uid
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq WHERE endpoint.id = ANY ($1)`,
    [[...new Set(occurrences.map(({ endpointId }) => endpointId))]],
  );
  const deliveries = occurrences.flatMap(({ delivery }) => delivery ?? []);
  const eventSeqs = [...new Set(deliveries.map(({ eventSeq }) => eventSeq))];
  const events =
    eventSeqs.length === 0
      ? []
      : await tx.sql<{ seq: number; id: string; eventId: string | null }>(
          "SELECT seq, id, event_id FROM event WHERE seq = ANY ($1::bigint[])",
          [eventSeqs],
        );
  const attempts =
    eventSeqs.length === 0
      ? []
      : await tx.sql<AttemptOf>(
          `SELECT delivery_seq, id, at, status_code, succeeded FROM attempt
           WHERE event_seq = ANY ($1::bigint[]) ORDER BY seq DESC`,
          [eventSeqs],
        );
  const byId = new Map(endpoints.map((row) => [row.endpointId, row]));
  const eventBySeq = new Map(events.map((row) => [row.seq, row]));
  const findAttempts = (seq: number) => attempts.filter(({ deliverySeq }) => deliverySeq === seq);
  return {
    endpoint: (id) => byId.get(id),
    subject({ endpointId, delivery }) {
      const { appId, appUid, endpointUid } = byId.get(endpointId) as EndpointRow;
      if (delivery === null) return { appId, appUid, endpointUid, endpointId, delivery: null };
      const event = eventBySeq.get(delivery.eventSeq);
      const lastAttempt = delivery.attempt ?? findAttempts(delivery.deliverySeq)[0] ?? null;
      return {
        appId,
        appUid,
        endpointUid,
        endpointId,
        delivery: {
          eventId: event?.id as string,
          publisherEventId: event?.eventId ?? null,
          lastAttempt:
            lastAttempt === null
              ? null
              : { id: lastAttempt.id, at: lastAttempt.at, statusCode: lastAttempt.statusCode },
        },
      };
    },
    hadSucceeded({ delivery }) {
      if (delivery === null) return false;
      return findAttempts(delivery.deliverySeq).some(
        ({ succeeded, id }) => succeeded && id !== delivery.attempt?.id,
      );
    },
  };
}
