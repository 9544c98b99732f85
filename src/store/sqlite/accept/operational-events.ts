/** Operational events in the transaction of their cause, and the rows that they describe. */
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import {
  acceptOperationalEvent,
  asksForLog,
  isReported,
  pickWanted,
  toOperationalEvent,
  type Occurrence,
  type SubjectAttempt,
  type SubjectIds,
  type Subjects,
} from "../../accept/operational-events.ts";
import type { Writer } from "../thread/writer-types.ts";

export function notifyOperator(writer: Writer, occurrences: readonly Occurrence[]): void {
  if (occurrences.length === 0) return;
  const { accept, state, operationalEvents: limiter } = writer;
  const operator = state.app(OPERATOR_APP_ID);
  if (operator === null) return;
  const subjects = toSubjects(writer);
  for (const occurrence of pickWanted(occurrences, state.loadEndpoints(operator.seq))) {
    if (!isReported(occurrence, { operator, subjects, limiter })) continue;
    const event = toOperationalEvent(occurrence, subjects, accept.ids);
    acceptOperationalEvent(accept, operator, event, occurrence.now);
    accept.takeMade();
  }
}

/** The number of the operator's app while one of its endpoints asks for the log of attempts. */
export function findLogReceiver({ state }: Writer): number | null {
  const operator = state.app(OPERATOR_APP_ID);
  return operator !== null && asksForLog(state.loadEndpoints(operator.seq)) ? operator.seq : null;
}

function toSubjects({ sql, state }: Writer): Subjects {
  return {
    findEndpoint(endpointId) {
      const endpoint = state.endpoint(endpointId);
      return endpoint === null ? undefined : { endpointSeq: endpoint.seq, appSeq: endpoint.appSeq };
    },
    loadIds: (endpointId) =>
      sql(
        `SELECT app.id AS appId, app.uid AS appUid, endpoint.id AS endpointId,
           endpoint.uid AS endpointUid
         FROM endpoint JOIN app ON app.seq = endpoint.appSeq WHERE endpoint.id = ?`,
      ).get(endpointId) as SubjectIds,
    findEvent: (seq) =>
      sql("SELECT id, eventId, type, acceptedAt FROM event WHERE seq = ?").get(seq) as ReturnType<
        Subjects["findEvent"]
      >,
    listAttempts: ({ eventSeq, deliverySeq }) =>
      sql(
        `SELECT id, at, statusCode, succeeded FROM attempt WHERE eventSeq = ? AND deliverySeq = ?
         ORDER BY seq DESC`,
      ).all(eventSeq, deliverySeq) as SubjectAttempt[],
  };
}
