/**
 * Accepts events inside the group's transaction (I1): windows, registers, `decide`, and one delivery per
 * endpoint. Later events see the changes of earlier ones. A refused publish leaves nothing behind. This file
 * orders the steps; it must not know the meaning of any event.
 */
import { AppError } from "../../../core/error.ts";
import type { NewEvent } from "../../../core/decide-types.ts";
import type { AcceptedEvent, Publish, PublishResult } from "../../interface/accept.ts";
import { readMark, writeMark } from "../../accept/idempotency-marks.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { insertApp } from "../tenancy/apps.ts";
import { acceptEvent } from "./accept-event.ts";
import type { AcceptContext } from "./accept-event.ts";
import type { LeasedWire } from "../thread/leased-wire.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import type { Writer } from "../thread/writer-types.ts";

export type PublishReply = { readonly result: PublishResult; readonly leased: LeasedWire | null };

type Refused = Extract<PublishResult, { kind: "refused" }>;
type EarlierEvent = {
  readonly id: string;
  readonly eventId: string | null;
  readonly sequence: number;
};

/** Returns refusals as results; `refuse` rolls back the writes of the publish. */
export function publish(writer: Writer, p: Publish): PublishReply {
  const before = findRepeated(writer, p);
  if (before instanceof AppError) return refuse({ code: before.code, message: before.message });
  if (before !== null) return { result: repeatedResult(writer, before), leased: null };

  const app = writer.state.app(p.appRef) ?? createdApp(writer, p);
  if (app === null) {
    return refuse({ code: "not_found", message: `There is no application "${p.appRef}".` });
  }
  const earlierEvents = findDuplicates(writer, app.seq, p.events);
  if (earlierEvents.size > 0 && p.onDuplicate === "refuse") {
    return refuse({
      code: "conflict",
      message: "An event with this eventId was already accepted.",
      duplicates: [...earlierEvents].map(([index, first]) => ({ index, id: first.id })),
    });
  }

  if (writer.pendingBytes.isFull(app.seq) && earlierEvents.size < p.events.length) {
    const { limit } = writer.pendingBytes;
    return refuse({
      code: "rate_limited",
      message: `The payloads of the application's pending deliveries reach its limit of ${limit} bytes; publish again when some deliveries have finished.`,
    });
  }

  const context: AcceptContext = {
    app,
    acceptedAt: p.acceptedAt,
    explicitOptOuts: explicitOptOuts(p.events),
    leased: { events: [], deliveries: [] },
    full: new Set(),
    created: 0,
    failed: 0,
  };
  writer.idGenerator.setInstant(p.acceptedAt);
  const accepted: AcceptedEvent[] = [];
  for (const [index, event] of p.events.entries()) {
    const first = earlierEvents.get(index);
    if (first !== undefined) {
      const { sequence: _known, ...ids } = first;
      // The first event may be earlier in this publish; its sequence is then known only now.
      const sequence = toSequence(first, accepted);
      accepted.push({ ...ids, sequence, duplicate: true, deliveries: 0, undelivered: null });
      continue;
    }
    const outcome = acceptEvent(writer, context, event, index);
    if (outcome.kind === "refused") {
      return refuse({ code: outcome.code, message: outcome.message, path: outcome.path, index });
    }
    accepted.push({
      id: event.id,
      eventId: event.eventId,
      sequence: outcome.sequence,
      duplicate: false,
      deliveries: outcome.deliveries,
      undelivered: outcome.undelivered,
    });
  }
  if (context.created > 0) {
    writer.afterCommit.tally(app.seq, { created: context.created, failed: context.failed });
  }
  for (const endpointId of context.full) {
    const note = { type: "endpoint.backlog_full", limit: writer.backlog.limit } as const;
    notifyOperator(writer, { note, endpointId, delivery: null, now: p.acceptedAt });
  }
  if (p.idempotencyKey !== null)
    saveIdempotent(writer, p.idempotencyKey, idempotencyResources(app.id, p.acceptedAt, accepted));
  return {
    result: {
      kind: "accepted",
      appId: app.id,
      events: accepted,
      repeated: false,
      acceptedAt: p.acceptedAt,
      ...(context.failed === 0 ? undefined : { backlogFull: context.failed }),
    },
    leased: context.leased.deliveries.length === 0 ? null : context.leased,
  };
}

/**
 * True when a refusal may follow a write, so that the publish needs a savepoint. Only a later event than the
 * first can do that, or the creation of the app. A single event refuses before it writes.
 */
export function mayRefuseAfterWriting(p: Publish): boolean {
  return p.events.length > 1 || p.createApp !== null;
}

export function isRefused(reply: PublishReply): boolean {
  return reply.result.kind === "refused";
}

function refuse(p: Pick<Refused, "code" | "message"> & Partial<Refused>): PublishReply {
  return {
    result: { path: [], duplicates: [], index: null, ...p, kind: "refused" },
    leased: null,
  };
}

function createdApp(writer: Writer, p: Publish): ReturnType<Writer["state"]["app"]> {
  if (p.createApp === null) return null;
  insertApp(writer, p.createApp);
  return writer.state.app(p.createApp.id);
}

function findRepeated(
  writer: Writer,
  { idempotencyKey }: Publish,
): readonly string[] | AppError | null {
  try {
    return findIdempotent(writer, idempotencyKey);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The earlier event with the same eventId, by index. It is in the window or in the same publish. */
function findDuplicates(
  writer: Writer,
  appSeq: number,
  events: readonly NewEvent[],
): Map<number, EarlierEvent> {
  const earlierEvents = new Map<number, EarlierEvent>();
  const here = events.length > 1 ? new Map<string, string>() : null;
  for (const [index, { id, eventId }] of events.entries()) {
    if (eventId === null) continue;
    const earlierHere = here?.get(eventId);
    if (earlierHere !== undefined) {
      earlierEvents.set(index, { id: earlierHere, eventId, sequence: 0 });
      continue;
    }
    const seq = writer.windows.find(appSeq, WINDOW_KINDS.event, eventId);
    const first = seq === null ? null : findId(writer, seq);
    if (seq === null || first === null) here?.set(eventId, id);
    else earlierEvents.set(index, { id: first, eventId, sequence: seq });
  }
  return earlierEvents;
}

function toSequence(first: EarlierEvent, accepted: readonly AcceptedEvent[]): number {
  if (first.sequence !== 0) return first.sequence;
  return accepted.find(({ id }) => id === first.id)?.sequence ?? 0;
}

/** Null when retention deleted the event before its window ended; its id can then be used again. */
function findId({ sql }: Writer, eventSeq: number): string | null {
  const row = sql("SELECT id FROM event WHERE seq = ?").get(eventSeq);
  return row === undefined ? null : (row["id"] as string);
}

const NO_IDS: ReadonlySet<string> = new Set();

/** Messages with an explicit opt-out anywhere in the publish. */
function explicitOptOuts(events: readonly NewEvent[]): ReadonlySet<string> {
  let ids: Set<string> | undefined;
  for (const { type, canonical } of events) {
    if (type !== "optout.changed" || canonical?.messageId === undefined) continue;
    (ids ??= new Set()).add(canonical.messageId);
  }
  return ids ?? NO_IDS;
}

/** App, instant, then a mark for each event. */
function idempotencyResources(
  appId: string,
  acceptedAt: number,
  events: readonly AcceptedEvent[],
): readonly string[] {
  const marks = events.map(({ sequence, ...event }) => writeMark({ seq: sequence, ...event }));
  return [appId, String(acceptedAt), ...marks];
}

function repeatedResult({ sql }: Writer, resources: readonly string[]): PublishResult {
  const [appId, acceptedAt, ...marks] = resources;
  if (appId === undefined)
    throw new AppError("internal", "The idempotency key has no stored resources.");
  const events = marks.map((mark): AcceptedEvent => {
    const { seq: sequence, duplicate, deliveries } = readMark(mark);
    const row = sql("SELECT id, eventId FROM event WHERE seq = ?").get(sequence);
    return {
      id: row?.["id"] as string,
      eventId: (row?.["eventId"] ?? null) as string | null,
      sequence,
      duplicate,
      deliveries,
      undelivered: null,
    };
  });
  return { kind: "accepted", appId, events, repeated: true, acceptedAt: Number(acceptedAt) };
}
