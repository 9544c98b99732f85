/** The replay of one event to one endpoint, in any state of its deliveries. */
import { scopeToApp } from "../idempotency.ts";
import { listWebhooks } from "../../core/events/dialect-events.ts";
import { readParticipants } from "../accept/snapshot-text.ts";
import type { EndpointRow } from "../endpoints/endpoint-row.ts";
import { toMatch } from "../endpoints/endpoint-row.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { QueueStore } from "../interface/queue.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import type { Steps, WriteSession } from "../session.ts";
import { keepApp } from "../tenancy/app-row.ts";
import { createReplays, reopen, type ReopenedRow } from "./reopen.ts";

type ReplayedEvent = {
  readonly seq: number;
  readonly type: string;
  readonly participants: string | null;
  readonly payload: string;
  readonly bytes: number;
};

export function* replay(
  s: WriteSession,
  p: Parameters<QueueStore["replay"]>[0],
): Steps<{ eventId: string; endpointId: string } | null> {
  const app = yield* keepApp(s, p.appRef);
  if (app === null) return null;
  const key = scopeToApp(p.idempotencyKey ?? null, app.id);
  const before = yield* s.findIdempotent(key);
  if (before !== null) return { eventId: before[0] as string, endpointId: before[1] as string };
  const endpoint = yield* findEndpoint(s, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const event = yield* s.one<ReplayedEvent>(
    `SELECT seq, type, participants, payload, octet_length(payload) AS bytes FROM event
     WHERE id = ?1 AND app_seq = ?2 AND accepted_at >= ?3 AND payload IS NOT NULL
     ${s.sql.forNoKeyUpdate}`,
    [p.eventId, app.seq, s.horizon()],
  );
  if (event === null) return null;
  yield* sendAgain(s, { endpoint, event, now: p.now });
  yield* s.addDue([{ endpointSeq: endpoint.seq, dueAt: p.now }]);
  yield* probeNow(s, [endpoint.seq], p.now);
  yield* s.saveIdempotent(key, [p.eventId, endpoint.id]);
  return { eventId: p.eventId, endpointId: endpoint.id };
}

/** The event is locked, so that no other transaction creates deliveries of it. */
function* sendAgain(
  s: WriteSession,
  p: { endpoint: EndpointRow; event: ReplayedEvent; now: number },
): Steps<void> {
  const { endpoint, event, now } = p;
  const rows = yield* s.all<ReopenedRow>(
    `SELECT seq, state, ordering_key FROM delivery
     WHERE event_seq = ?1 AND endpoint_seq = ?2 AND seq >= ?3 ORDER BY seq ${s.sql.forUpdate}`,
    [event.seq, endpoint.seq, s.leastDelivery(event.seq)],
  );
  if (rows.length > 0) {
    yield* reopen(s, endpoint, rows, now);
    return;
  }
  const { message } = readParticipants(event.participants, event.payload);
  const parts = listWebhooks(toMatch(endpoint), { type: event.type, message });
  const { seq: eventSeq, bytes } = event;
  yield* createReplays(s, endpoint, [{ eventSeq, parts, dueAt: now, bytes }], now);
}
