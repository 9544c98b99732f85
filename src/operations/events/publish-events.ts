/**
 * Publishes events. Every event is checked before the store is called, and all events of one request are made
 * durable together or not at all (I1). The effect of an event is decided inside the accept transaction, never
 * here.
 */
import type { CanonicalPayload, NewEvent } from "../../core/decide-types.ts";
import { AppError, type ErrorCode, type FieldProblem } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { stringifyJson } from "../../core/json/json.ts";
import { parseCanonicalPayload } from "../../core/events/parse-event.ts";
import { toSentence } from "../../core/delivery/undelivered.ts";
import {
  backlogsFull,
  eventsAccepted,
  eventUndelivered,
  publishRefused,
} from "../../telemetry/events.ts";
import { isBuiltIn } from "../event-types/built-in.ts";
import { createCustomMarks, type CustomMarks } from "../event-types/custom-marks.ts";
import { refusedType } from "./refused-type.ts";
import type { Turn } from "../turns.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { AcceptedEvent } from "../../store/interface/accept.ts";
import type { App } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

/** An event from a publisher. `payload` is the parsed `payloadText` if the type is built in. */
export type EventDraft = Omit<NewEvent, "id" | "canonical" | "onlyEndpointId" | "derivedFrom"> & {
  readonly payload: unknown;
  readonly onlyEndpointId?: string;
};

/** An event that the server publishes for a caller: only a payload. */
export function plainDraft(
  type: string,
  payload: unknown,
  payloadText = stringifyJson(payload),
): EventDraft {
  return {
    type,
    payload,
    payloadText,
    contentType: "application/json",
    eventId: null,
    occurredAt: null,
    channels: [],
    tags: [],
    orderingKey: null,
    deliverAt: null,
    retentionMs: null,
    derive: true,
    historical: false,
  };
}

export type Publishing = {
  readonly appRef: string;
  /** An app that is created when the reference is unknown; null refuses an unknown app. */
  readonly createApp: App | null;
  readonly drafts: readonly EventDraft[];
  /** Whether problems begin with the index of their event, as in a batch. */
  readonly isBatch: boolean;
  readonly onDuplicate: "refuse" | "skip";
  readonly idempotencyKey: IdempotencyKey | null;
  /** Checks of possibly many events take turns with other work. */
  readonly turn?: Turn;
};

export type Published = {
  readonly appId: string;
  readonly events: readonly AcceptedEvent[];
  readonly acceptedAt: number;
};

/**
 * Refuses with `unknown_event_type`, `invalid_payload`, `unknown_message`, `conflict` (with the first ones),
 * `not_found`, `idempotency_mismatch`, `rate_limited`, `overloaded` and `store_unavailable`; then nothing is
 * stored.
 */
export async function publishEvents(context: OperationContext, p: Publishing): Promise<Published> {
  try {
    const events = checkOne(context, p) ?? (await checkEvents(context, p));
    const { appRef, createApp, onDuplicate, idempotencyKey } = p;
    const acceptedAt = context.now();
    const begunAt = performance.now();
    const result = await context.store.accept.publish({
      appRef,
      createApp,
      events,
      onDuplicate,
      idempotencyKey,
      acceptedAt,
    });
    if (result.kind === "refused") throw toRefusal(result, p, events);
    if (!result.repeated) context.health.stored();
    reportAccepted(context, result, { count: events.length, begunAt });
    return result;
  } catch (error) {
    const code = error instanceof AppError ? error.code : "internal";
    if (code === "store_unavailable") context.health.notStored();
    if (context.telemetry !== null) publishRefused(context.telemetry, { code });
    throw error;
  }
}

function reportAccepted(
  { telemetry }: OperationContext,
  { appId, repeated, events, backlogFull }: Accepted,
  { count, begunAt }: { readonly count: number; readonly begunAt: number },
): void {
  if (telemetry === null) return;
  eventsAccepted(telemetry, { appId, repeated, count, tookMs: performance.now() - begunAt });
  for (const { id, undelivered } of events) {
    if (undelivered === null) continue;
    eventUndelivered(telemetry, { appId, eventId: id, why: toSentence(undelivered) });
  }
  if (backlogFull !== undefined) backlogsFull(telemetry, { appId, count: backlogFull });
}

/** Refuses with the problems of all events together. */
async function checkEvents(context: OperationContext, p: Publishing): Promise<readonly NewEvent[]> {
  const problems: FieldProblem[] = [];
  const events: NewEvent[] = [];
  const marks = createCustomMarks(context);
  let firstCode: ErrorCode | undefined;
  for (const [index, draft] of p.drafts.entries()) {
    if (p.turn?.isOver() === true) await p.turn.next();
    const read = readCanonical(context, draft);
    const checked = read?.ok === true ? read : await checkUnread(context, draft, { read, marks });
    if (checked.ok) {
      events.push(newEvent(context, draft, checked.canonical));
      continue;
    }
    firstCode ??= checked.code;
    const at = p.isBatch ? [index] : [];
    for (const problem of checked.problems)
      problems.push({ ...problem, path: [...at, ...problem.path] });
    if (problems.length >= PROBLEM_LIMIT) break;
  }
  if (firstCode === undefined) return events;
  const [first] = problems as [FieldProblem, ...FieldProblem[]];
  throw new AppError(firstCode, `${first.path.join(".")}: ${first.message}`, { problems });
}

/** By far the most publishes are one event of a built-in type, which needs no turn and no promise. */
function checkOne(context: OperationContext, { drafts }: Publishing): readonly NewEvent[] | null {
  const [draft] = drafts;
  if (draft === undefined || drafts.length > 1) return null;
  const read = readCanonical(context, draft);
  return read?.ok === true ? [newEvent(context, draft, read.canonical)] : null;
}

/** At this number of problems no further event is read, and the answer is made. */
export const PROBLEM_LIMIT = 20;

type Checked =
  | { readonly ok: true; readonly canonical: CanonicalPayload | null }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly problems: readonly FieldProblem[];
    };

type Canonical = ReturnType<typeof parseCanonicalPayload>;

/** Null for a type that is not built in. */
function readCanonical(context: OperationContext, { type, payload }: EventDraft): Canonical | null {
  return isBuiltIn(context, type) ? parseCanonicalPayload(type, payload) : null;
}

/** A payload that does not fit its built-in type is not read, where the operator has marked the type. */
async function checkUnread(
  context: OperationContext,
  { type }: EventDraft,
  { read, marks }: { readonly read: Canonical | null; readonly marks: CustomMarks },
): Promise<Checked> {
  if (read?.ok === false) {
    if (await marks.isCustom(type)) return { ok: true, canonical: null };
    return { ok: false, code: "invalid_payload", problems: read.problems };
  }
  const refusal = await refusedType(context, type);
  if (refusal === null) return { ok: true, canonical: null };
  return { ok: false, code: refusal.code, problems: refusal.problems };
}

function newEvent(
  context: OperationContext,
  draft: EventDraft,
  canonical: CanonicalPayload | null,
): NewEvent {
  // Each field by its name: a rest and a spread of the draft take several times as long.
  return {
    id: context.ids.next(ID_PREFIXES.event),
    eventId: draft.eventId,
    type: draft.type,
    payloadText: draft.payloadText,
    contentType: draft.contentType,
    canonical,
    occurredAt: draft.occurredAt,
    channels: draft.channels,
    tags: draft.tags,
    orderingKey: draft.orderingKey,
    deliverAt: draft.deliverAt,
    retentionMs: draft.retentionMs,
    derive: draft.derive,
    historical: draft.historical,
    onlyEndpointId: draft.onlyEndpointId ?? null,
    derivedFrom: null,
    ...(draft.messageSnowflake === undefined
      ? undefined
      : { messageSnowflake: draft.messageSnowflake }),
  };
}

type PublishResult = Awaited<ReturnType<OperationContext["store"]["accept"]["publish"]>>;
type Refused = Extract<PublishResult, { readonly kind: "refused" }>;
type Accepted = Exclude<PublishResult, Refused>;

function toRefusal(result: Refused, p: Publishing, events: readonly NewEvent[]): AppError {
  if (result.code === "not_found") {
    return new AppError("not_found", `There is no application "${p.appRef.slice(0, 256)}".`);
  }
  if (result.duplicates.length > 0) return duplicateRefusal(result.duplicates, p, events);
  const { message, limit, retryAfterSeconds } = result;
  const inBatch = p.isBatch && result.index !== null && result.path.length > 0;
  const path = inBatch ? [result.index, ...result.path] : result.path;
  const problems = path.length === 0 ? [] : [{ path, message, kind: "value_error" }];
  return new AppError(result.code, message, {
    problems,
    ...(retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }),
    ...(limit === undefined ? undefined : { limit }),
  });
}

function duplicateRefusal(
  duplicates: Refused["duplicates"],
  p: Publishing,
  events: readonly NewEvent[],
): AppError {
  const problems = duplicates.map(({ index, id }) => {
    // The first one may be in this request, and then was never stored.
    const here = events.findIndex((event) => event.id === id);
    const first = here === -1 ? `was published before, as ${id}` : `stands at [${here}] already`;
    return {
      path: p.isBatch ? [index, "eventId"] : ["eventId"],
      message: `eventId "${p.drafts[index]?.eventId}" ${first}`,
      kind: "conflict",
    };
  });
  const text = problems.map(({ path, message }) =>
    p.isBatch ? `[${path[0]}] ${message}` : message,
  );
  return new AppError("conflict", `${text.join("; ")}.`, { problems });
}
