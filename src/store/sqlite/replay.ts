/**
 * Replays: a delivery is due now, whatever its state, as a manual attempt of the same event, so the
 * receiver sees the same dedupe id and the same bytes (I2). It leaves its ordering key for good.
 */
import { partsOf } from "../../core/dialect-events.ts";
import { readParties } from "../snapshot-text.ts";
import type { QueueStore } from "../queue.ts";
import { addDue } from "./endpoint-queue.ts";
import { releaseNext } from "./ordering.ts";
import { fenceOf } from "./queue.ts";
import { STATES } from "./record.ts";
import { parkedUntil, type CachedEndpoint } from "./writer-state.ts";
import type { Writer } from "./writer-types.ts";

type DeliveryRow = {
  readonly seq: number;
  readonly state: number;
  readonly fence: number | null;
  readonly orderingKey: string | null;
};

export function replay(
  writer: Writer,
  p: Parameters<QueueStore["replay"]>[0],
): { eventId: string; endpointId: string } | null {
  const app = writer.state.app(p.appRef);
  if (app === null) return null;
  const endpoint = findEndpoint(writer, app.seq, p.endpointRef);
  const event = writer
    .sql("SELECT seq, type, payload, parties FROM event WHERE id = ? AND appSeq = ?")
    .get(p.eventId, app.seq);
  if (endpoint === null || event === undefined || event["payload"] === null) return null;

  const eventSeq = event["seq"] as number;
  const rows = writer
    .sql(
      "SELECT seq, state, fence, orderingKey FROM delivery WHERE eventSeq = ? AND endpointSeq = ?",
    )
    .all(eventSeq, endpoint.seq) as DeliveryRow[];
  for (const row of rows) reopen(writer, endpoint, row, p.now);
  if (rows.length === 0) {
    const { message } = readParties(event["parties"] as string | null, event["payload"] as string);
    const parts = partsOf(endpoint.dialect, { type: event["type"] as string, message });
    for (let part = 0; part < parts; part++)
      create(writer, endpoint, { eventSeq, part, now: p.now });
    writer.notes.tally(app.seq, { created: parts });
    writer.backlog.add(endpoint.seq, parts);
  }
  addDue(writer, endpoint.seq, p.now);
  return { eventId: p.eventId, endpointId: endpoint.endpointId };
}

/** A new schedule from now on. One that is leased is being sent already and stays as it is. */
function reopen(writer: Writer, endpoint: CachedEndpoint, row: DeliveryRow, now: number): void {
  if (row.state === STATES.pending && row.fence === fenceOf(writer, endpoint)) return;
  writer
    .sql(
      `UPDATE delivery SET state = 0, dueAt = ?, fence = NULL, slot = 1, baseAt = ?, parkedMs = ?,
        manual = 1, orderingKey = NULL, skipAt = NULL, reason = NULL, finishedAt = NULL
        WHERE seq = ?`,
    )
    .run(now, now, parkedUntil(endpoint, now), row.seq);
  if (row.state !== STATES.pending) writer.backlog.add(endpoint.seq, 1);
  if (row.state === STATES.delivered) writer.notes.tally(endpoint.appSeq, { delivered: -1 });
  if (row.state === STATES.failed) writer.notes.tally(endpoint.appSeq, { failed: -1 });
  if (row.state === STATES.cancelled) writer.notes.tally(endpoint.appSeq, { cancelled: -1 });
  if (row.state === STATES.pending && row.orderingKey !== null) {
    releaseNext(writer, { endpointSeq: endpoint.seq, orderingKey: row.orderingKey, now });
  }
}

function create(
  writer: Writer,
  endpoint: CachedEndpoint,
  p: { eventSeq: number; part: number; now: number },
): void {
  writer
    .sql(
      `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, slot, attempts, baseAt,
        parkedMs, manual, acceptedAt) VALUES (?, ?, ?, ?, 0, ?, 1, 0, ?, ?, 1, ?)`,
    )
    .run(
      writer.sequences.next("delivery"),
      p.eventSeq,
      endpoint.seq,
      p.part,
      p.now,
      p.now,
      parkedUntil(endpoint, p.now),
      p.now,
    );
}

/** Of this app and not deleted, by id or by uid. */
function findEndpoint(writer: Writer, appSeq: number, ref: string): CachedEndpoint | null {
  const byId = writer.state.endpoint(ref);
  if (byId !== null) return byId.appSeq === appSeq && byId.status !== "deleted" ? byId : null;
  const row = writer
    .sql("SELECT seq FROM endpoint WHERE appSeq = ? AND uid = ? AND status <> 'deleted'")
    .get(appSeq, ref);
  return row === undefined ? null : writer.state.endpointBySeq(row["seq"] as number);
}
