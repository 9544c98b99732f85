/**
 * Messages as they are published. The payload is cut out of the body as text and passed on unchanged. It is
 * parsed only where a rule reads it. Every field is used or refused.
 */
import type { Static } from "typebox";
import { AppError, refuseField } from "../../../core/error.ts";
import { isJsonType } from "../../../core/json/json-type.ts";
import { skipBlanks } from "../../../core/json/json-scan.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { isBuiltIn } from "../../../operations/event-types/built-in.ts";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import type { EventDraft } from "../../../operations/events/publish-events.ts";
import type { Turn } from "../../../operations/turns.ts";
import { createReader } from "../../read-schema.ts";
import { scanInTurns } from "../../scan-in-turns.ts";
import { toNewApp } from "./application-model.ts";
import { checkPayloadSize, type MessageBody } from "./message-body.ts";
import { eventIn, messageIn } from "./message-schema.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const JSON_CONTENT = "application/json";

const readSingle = createReader(messageIn, "absent");
/** In a batch the app must exist, so an `application` in a message has no meaning. */
const readInBatch = createReader(eventIn, "absent");

type Fields = Static<typeof messageIn>;

export type MessageIn = {
  readonly draft: EventDraft;
  /** Application to create with the message when the app of the path is unknown. */
  readonly application: NewApp | null;
};

/**
 * `index` is the position in a batch, with which problems begin. Null outside a batch. The result is a promise
 * only for a raw payload that is scanned in turns.
 */
export function readMessage(
  context: OperationContext,
  body: MessageBody,
  { index, turn }: { readonly index: number | null; readonly turn: Turn },
): MessageIn | Promise<MessageIn> {
  const path = index === null ? [] : [index];
  const fields: Fields = index === null ? readSingle(body.value) : readInBatch(body.value, path);
  const refuse = (name: string, message: string): AppError =>
    refuseField("invalid_field", [...path, name], message);
  const isRead = isBuiltIn(context, fields.eventType);
  const content = readContent(fields, { body, turn, refuse, isRead });
  return content instanceof Promise
    ? content.then((read) => toMessage(context, fields, read, refuse))
    : toMessage(context, fields, content, refuse);
}

function toMessage(
  context: OperationContext,
  fields: Fields,
  content: Content,
  refuse: Refuse,
): MessageIn {
  const { channels, tags, application, deliverAt = null } = fields;
  const now = context.now();
  // Svix's bounds.
  if (deliverAt !== null && (deliverAt < now + MINUTE_MS || deliverAt > now + DAY_MS)) {
    const message = "must be at least one minute and at most 24 hours in the future";
    throw refuse("deliverAt", message);
  }
  const draft: EventDraft = {
    type: fields.eventType,
    ...content,
    eventId: fields.eventId ?? null,
    channels: channels ?? [],
    tags: tags ?? [],
    orderingKey: fields.orderingKey ?? null,
    deliverAt,
    retentionMs: findRetention(fields, { serverMs: context.settings.retentionMs, refuse }),
    derive: fields.derive ?? true,
    historical: fields.historical ?? false,
    occurredAt: fields.occurredAt ?? null,
  };
  return { draft, application: application ? toNewApp(application) : null };
}

type Refuse = (name: string, message: string) => AppError;
type Content = Pick<EventDraft, "payload" | "payloadText" | "contentType">;

function readContent(
  { payload, transformationsParams: raw }: Fields,
  p: {
    readonly body: MessageBody;
    readonly turn: Turn;
    readonly refuse: Refuse;
    /** Whether rules may read the payload. */
    readonly isRead: boolean;
  },
): Content | Promise<Content> {
  const { body, refuse, isRead } = p;
  const rawPayload = raw?.rawPayload;
  const contentType = raw?.headers?.["content-type"] ?? JSON_CONTENT;
  if (rawPayload === undefined) {
    if (contentType !== JSON_CONTENT) {
      const message = "a content-type requires rawPayload: give both, or neither";
      throw refuse("transformationsParams", message);
    }
    return {
      payload: isRead ? payload : {},
      payloadText: body.payloadText ?? "{}",
      contentType: JSON_CONTENT,
    };
  }
  if (Object.keys(payload).length > 0) {
    throw refuse("payload", "must be {} when transformationsParams.rawPayload is given");
  }
  if (!isJsonType(contentType))
    return { payload: rawPayload, payloadText: rawPayload, contentType };
  return readRawJson(rawPayload, contentType, p);
}

async function readRawJson(
  rawPayload: string,
  contentType: string,
  {
    turn,
    refuse,
    isRead,
  }: { readonly turn: Turn; readonly refuse: Refuse; readonly isRead: boolean },
): Promise<Content> {
  if (!(await isJsonInTurns(rawPayload, { isRead, turn }))) {
    throw refuse(
      "transformationsParams",
      "rawPayload is not JSON: set its content-type in transformationsParams.headers",
    );
  }
  // Any other payload is kept as text only, because parsed batches would need much memory.
  const parsed = isRead ? parseJson(rawPayload) : {};
  return { payload: parsed, payloadText: rawPayload, contentType };
}

/** Refuses with `invalid_payload` a payload that rules read and that is too expensive to parse. */
async function isJsonInTurns(
  text: string,
  { isRead, turn }: { readonly isRead: boolean; readonly turn: Turn },
): Promise<boolean> {
  const bytes = Buffer.from(text);
  try {
    const scan = await scanInTurns(bytes, turn);
    if (skipBlanks(bytes, scan.at, bytes.length) < bytes.length) return false;
    if (isRead) checkPayloadSize(scan.values, []);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_json") return false;
    throw error;
  }
}

/**
 * Svix's range is 5 to 90 days, and some SDKs always send 90. Null, and any period beyond the server's
 * retention, means the server's retention.
 */
function findRetention(
  { payloadRetentionPeriod: days = null, payloadRetentionHours: hours = null }: Fields,
  { serverMs, refuse }: { readonly serverMs: number; readonly refuse: Refuse },
): number | null {
  if (days !== null && hours !== null) {
    const message = "cannot be given together with payloadRetentionPeriod";
    throw refuse("payloadRetentionHours", message);
  }
  const askedMs = days !== null ? days * DAY_MS : hours !== null ? hours * HOUR_MS : null;
  return askedMs === null || askedMs >= serverMs ? null : askedMs;
}
