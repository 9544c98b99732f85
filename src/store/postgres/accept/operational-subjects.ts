/** The rows that operational events describe, read for all of them at once. */
import type {
  Occurrence,
  RecordedAttempt,
  SubjectAttempt,
  SubjectEndpoint,
  SubjectEvent,
  SubjectIds,
  Subjects,
} from "../../accept/operational-events.ts";
import type { Tx } from "../types.ts";

type EventRow = SubjectEvent & { readonly seq: number };
type AttemptRow = SubjectAttempt & { readonly deliverySeq: number };

export async function loadSubjects(tx: Tx, all: readonly Occurrence[]): Promise<Subjects> {
  const occurrences = all.filter((one) => "endpointId" in one);
  const logged = all.flatMap((one): readonly RecordedAttempt[] =>
    "attempts" in one ? one.attempts : [],
  );
  const endpoints = await tx.sql<SubjectEndpoint & SubjectIds>(
    `SELECT endpoint.id AS endpoint_id, endpoint.seq AS endpoint_seq, endpoint.uid AS endpoint_uid,
       app.seq AS app_seq, app.id AS app_id, app.uid AS app_uid
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq WHERE endpoint.id = ANY ($1)`,
    [[...new Set([...occurrences, ...logged].map(({ endpointId }) => endpointId))]],
  );
  const eventSeqs = [...new Set(occurrences.flatMap(({ delivery }) => delivery?.eventSeq ?? []))];
  const events = await loadEvents(tx, [...eventSeqs, ...logged.map(({ eventSeq }) => eventSeq)]);
  const attempts =
    eventSeqs.length === 0
      ? []
      : await tx.sql<AttemptRow>(
          `SELECT delivery_seq, id, at, status_code, succeeded FROM attempt
           WHERE event_seq = ANY ($1::bigint[]) ORDER BY seq DESC`,
          [eventSeqs],
        );
  const byId = new Map(endpoints.map((row) => [row.endpointId, row]));
  const eventBySeq = new Map(events.map((row) => [row.seq, row]));
  return {
    findEndpoint: (id) => byId.get(id),
    loadIds: (id) => byId.get(id) as SubjectIds,
    findEvent: (seq) => eventBySeq.get(seq),
    listAttempts: ({ deliverySeq }) => attempts.filter((row) => row.deliverySeq === deliverySeq),
  };
}

async function loadEvents(tx: Tx, eventSeqs: readonly number[]): Promise<readonly EventRow[]> {
  if (eventSeqs.length === 0) return [];
  return await tx.sql<EventRow>(
    "SELECT seq, id, event_id, type, accepted_at FROM event WHERE seq = ANY ($1::bigint[])",
    [[...new Set(eventSeqs)]],
  );
}
