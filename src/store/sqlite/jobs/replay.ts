/**
 * Replays: a delivery becomes due now, in any state, as a manual attempt of the same event. The receiver gets
 * the same dedupe id and the same bytes (I2). The delivery leaves its ordering key for good.
 */
import { countWebhooks } from "../../../core/events/dialect-events.ts";
import { readParticipants } from "../../accept/snapshot-text.ts";
import type { QueueStore } from "../../interface/queue.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import { findIdempotent, saveIdempotent } from "../accept/idempotency.ts";
import { releaseNext } from "../queue/ordering.ts";
import { loadFence } from "../queue/queue.ts";
import { STATES } from "../../queue/delivery-state.ts";
import { parkedUntil, type CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export type ReopenedRow = {
  readonly seq: number;
  readonly state: number;
  readonly fence: number | null;
  readonly orderingKey: string | null;
};

export function replay(
  writer: Writer,
  p: Parameters<QueueStore["replay"]>[0],
): { eventId: string; endpointId: string } | null {
  const idempotencyKey = p.idempotencyKey ?? null;
  const before = findIdempotent(writer, idempotencyKey);
  if (before !== null) return { eventId: before[0] as string, endpointId: before[1] as string };
  const app = writer.state.app(p.appRef);
  if (app === null) return null;
  const endpoint = findEndpoint(writer, app.seq, p.endpointRef);
  const event = writer
    .sql("SELECT seq, type, payload, participants FROM event WHERE id = ? AND appSeq = ?")
    .get(p.eventId, app.seq);
  if (endpoint === null || event === undefined || event["payload"] === null) return null;

  const eventSeq = event["seq"] as number;
  const rows = writer
    .sql(
      "SELECT seq, state, fence, orderingKey FROM delivery WHERE eventSeq = ? AND endpointSeq = ?",
    )
    .all(eventSeq, endpoint.seq) as ReopenedRow[];
  for (const row of rows) reopen(writer, endpoint, row, p.now);
  if (rows.length === 0) {
    const { message } = readParticipants(
      event["participants"] as string | null,
      event["payload"] as string,
    );
    const parts = countWebhooks(endpoint.dialect, { type: event["type"] as string, message });
    createReplays(writer, endpoint, { eventSeq, parts, dueAt: p.now, now: p.now });
  }
  addDue(writer, endpoint.seq, p.now);
  probeNow(writer, endpoint.seq, p.now);
  saveIdempotent(writer, idempotencyKey, [p.eventId, endpoint.endpointId]);
  return { eventId: p.eventId, endpointId: endpoint.endpointId };
}

/**
 * Starts a new schedule now. False for a leased delivery, which is being sent already and stays unchanged.
 * The caller adds the endpoint to the queue.
 */
export function reopen(
  writer: Writer,
  endpoint: CachedEndpoint,
  row: ReopenedRow,
  now: number,
): boolean {
  if (row.state === STATES.pending && row.fence === loadFence(writer, endpoint)) return false;
  const reopened = writer
    .sql(
      `UPDATE delivery SET state = 0, dueAt = ?, fence = NULL, slot = 1, baseAt = ?, parkedMs = ?,
        manual = 1, orderingKey = NULL, skipAt = NULL, reason = NULL, finishedAt = NULL
        WHERE seq = ? RETURNING bytes`,
    )
    .get(now, now, parkedUntil(endpoint, now), row.seq);
  if (row.state !== STATES.pending) {
    writer.backlog.add(endpoint.seq, 1);
    writer.afterCommit.tally(endpoint.appSeq, { pendingBytes: reopened?.["bytes"] as number });
  }
  if (row.state === STATES.delivered) writer.afterCommit.tally(endpoint.appSeq, { delivered: -1 });
  if (row.state === STATES.failed) writer.afterCommit.tally(endpoint.appSeq, { failed: -1 });
  if (row.state === STATES.cancelled) writer.afterCommit.tally(endpoint.appSeq, { cancelled: -1 });
  if (row.state === STATES.pending && row.orderingKey !== null) {
    releaseNext(writer, { endpointSeq: endpoint.seq, orderingKey: row.orderingKey, now });
  }
  return true;
}

/**
 * Makes the delivery due now without another change: the attempt takes the next slot, and later slots keep
 * their times (I6). False when it is leased, due already, or waits behind its ordering key.
 */
export function hasten(
  { sql, ...writer }: Writer,
  endpoint: CachedEndpoint,
  row: ReopenedRow,
  now: number,
): boolean {
  const fence = writer.state.shards()[endpoint.shard]?.fence ?? 0;
  const { changes } = sql(
    "UPDATE delivery SET dueAt = ? WHERE seq = ? AND state = 0 AND dueAt > ? AND fence IS NOT ?",
  ).run(now, row.seq, now, fence);
  return Number(changes) === 1;
}

/**
 * All webhooks of an event for which the endpoint has no delivery. The caller adds the endpoint to the queue.
 */
export function createReplays(
  writer: Writer,
  endpoint: CachedEndpoint,
  p: { eventSeq: number; parts: number; dueAt: number; now: number },
): void {
  const insert = writer.sql(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, slot, attempts, baseAt,
      parkedMs, manual, acceptedAt, bytes) VALUES (?, ?, ?, ?, 0, ?, 1, 0, ?, ?, 1, ?, ?)`,
  );
  const event = writer
    .sql("SELECT coalesce(octet_length(payload), 0) AS bytes FROM event WHERE seq = ?")
    .get(p.eventSeq);
  const bytes = event?.["bytes"] as number;
  for (let part = 0; part < p.parts; part++) {
    insert.run(
      writer.sequences.next("delivery"),
      p.eventSeq,
      endpoint.seq,
      part,
      p.dueAt,
      p.dueAt,
      parkedUntil(endpoint, p.now),
      p.now,
      bytes,
    );
  }
  writer.afterCommit.tally(endpoint.appSeq, { created: p.parts, pendingBytes: p.parts * bytes });
  writer.backlog.add(endpoint.seq, p.parts);
}

/** An endpoint of this app that is not deleted, by id or by uid. */
function findEndpoint(writer: Writer, appSeq: number, ref: string): CachedEndpoint | null {
  const byId = writer.state.endpoint(ref);
  if (byId !== null) return byId.appSeq === appSeq && byId.status !== "deleted" ? byId : null;
  const row = writer
    .sql("SELECT seq FROM endpoint WHERE appSeq = ? AND uid = ? AND status <> 'deleted'")
    .get(appSeq, ref);
  return row === undefined ? null : writer.state.endpointBySeq(row["seq"] as number);
}
