/**
 * Messages as they are published. The payload is cut out of the body as text and passed on unchanged. It is
 * parsed only where a rule reads it. Every field is used or refused.
 */
import type { Static } from "typebox";
import { isCanonical } from "../../../core/events/event-type.ts";
import { AppError } from "../../../core/error.ts";
import { skipBlanks } from "../../../core/json/json-scan.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { OperationContext } from "../../../operations/context.ts";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import type { EventDraft } from "../../../operations/events/publish-events.ts";
import type { Turn } from "../../../operations/turns.ts";
import { readFields, type FieldReader } from "../../read-fields.ts";
import { toReader } from "../../read-schema.ts";
import { scanInTurns } from "../../scan-in-turns.ts";
import { applicationIn, toNewApp } from "./application.ts";
import { checkPayloadSize, type MessageBody } from "./message-body.ts";
import { isJsonType } from "./message-out.ts";
import { CHANNEL_RULES, nameForm, NAME_RULES, TAG_RULES } from "./model-rules.ts";

const readApplication = toReader(applicationIn, "absent");
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const JSON_CONTENT = "application/json";

export const CHANNELS = { min: 1, max: 5, item: CHANNEL_RULES } as const;
export const TAGS = { min: 1, max: 50, item: TAG_RULES } as const;
export const ORDERING_KEY = { min: 1, max: 256 } as const;
export const EVENT_ID = {
  ...NAME_RULES,
  form: nameForm("(?!msg_)"),
  meaning: `${NAME_RULES.meaning}, and must not start with msg_`,
} as const;
export const RETENTION_DAYS = { min: 5, max: 90 } as const;
export const RETENTION_HOURS = { min: 1, max: 90 * 24 } as const;
export const CONTENT_TYPE = {
  min: 3,
  max: 255,
  form: /^[\w.+-]+\/[\w.+-]+(?:\s*;[\x20-\x7e]*)?$/,
  meaning: "a media type such as text/plain",
} as const;

export type MessageIn = {
  readonly draft: EventDraft;
  /** Application to create with the message when the app of the path is unknown. */
  readonly application: NewApp | null;
};

/** `index` is the position in a batch, with which problems begin. Null outside a batch. */
export async function readMessage(
  context: OperationContext,
  body: MessageBody,
  { index, turn }: { readonly index: number | null; readonly turn: Turn },
): Promise<MessageIn> {
  const fields = readFields(body.value, index === null ? [] : [index]);
  const type = fields.require("eventType") ? fields.text("eventType", NAME_RULES) : "";
  const content = await readContent(fields, { body, type, turn });
  const now = context.now();
  const draft: EventDraft = {
    type: type ?? "",
    ...content,
    eventId: fields.text("eventId", EVENT_ID) ?? null,
    channels: fields.texts("channels", CHANNELS) ?? [],
    tags: fields.texts("tags", TAGS) ?? [],
    orderingKey: fields.text("orderingKey", ORDERING_KEY) ?? null,
    deliverAt: findDeliverAt(fields, now),
    retentionMs: findRetention(fields, context.settings.retentionMs),
    derive: fields.flag("derive") ?? true,
    historical: fields.flag("historical") ?? false,
    occurredAt: fields.instant("occurredAt") ?? null,
  };
  // In a batch the app must exist, so an `application` in a message has no meaning.
  const inner = index === null ? fields.nested("application", readApplication) : null;
  const application = inner ? toNewApp(inner as Static<typeof applicationIn>) : null;
  fields.finish();
  return { draft, application };
}

type Content = Pick<EventDraft, "payload" | "payloadText" | "contentType">;

async function readContent(
  fields: FieldReader,
  p: { readonly body: MessageBody; readonly type: string | null | undefined; readonly turn: Turn },
): Promise<Content> {
  const nothing = { payload: {}, payloadText: "{}", contentType: JSON_CONTENT };
  const isThere = fields.require("payload");
  const payload = fields.value("payload");
  const raw = fields.object("transformationsParams");
  const rawPayload = raw?.text("rawPayload");
  const contentType = raw?.object("headers")?.text("content-type", CONTENT_TYPE) ?? JSON_CONTENT;
  if (!isThere) return nothing;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    fields.refuse("payload", "must be a JSON object", "type_error.dict");
    return nothing;
  }
  if (typeof rawPayload !== "string") {
    if (contentType !== JSON_CONTENT) {
      fields.refuse(
        "transformationsParams",
        "a content-type requires rawPayload: give both, or neither",
      );
    }
    return {
      payload: isReadByRules(p.type) ? payload : {},
      payloadText: p.body.payloadText ?? "{}",
      contentType: JSON_CONTENT,
    };
  }
  if (Object.keys(payload).length > 0) {
    fields.refuse("payload", "must be {} when transformationsParams.rawPayload is given");
  }
  if (!isJsonType(contentType))
    return { payload: rawPayload, payloadText: rawPayload, contentType };
  const isJson = await isJsonInTurns(rawPayload, p);
  if (!isJson) {
    fields.refuse(
      "transformationsParams",
      "rawPayload is not JSON: set its content-type in transformationsParams.headers",
    );
  }
  const isRead = isJson && isReadByRules(p.type);
  return { payload: isRead ? parseJson(rawPayload) : {}, payloadText: rawPayload, contentType };
}

/** The payload of any other type is kept as text only, because parsed batches would need much memory. */
function isReadByRules(type: string | null | undefined): boolean {
  return typeof type === "string" && isCanonical(type);
}

/** Refuses with `invalid_payload` a payload that rules read and that is too expensive to parse. */
async function isJsonInTurns(
  text: string,
  { type, turn }: { readonly type: string | null | undefined; readonly turn: Turn },
): Promise<boolean> {
  const bytes = Buffer.from(text);
  try {
    const scan = await scanInTurns(bytes, turn);
    if (skipBlanks(bytes, scan.at, bytes.length) < bytes.length) return false;
    if (isReadByRules(type)) checkPayloadSize(scan.values, []);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_json") return false;
    throw error;
  }
}

/** Svix's bounds: at least one minute and at most one day ahead. */
function findDeliverAt(fields: FieldReader, now: number): number | null {
  const deliverAt = fields.instant("deliverAt") ?? null;
  if (deliverAt !== null && (deliverAt < now + MINUTE_MS || deliverAt > now + DAY_MS)) {
    fields.refuse("deliverAt", "must be at least one minute and at most 24 hours in the future");
  }
  return deliverAt;
}

/**
 * Svix's range is 5 to 90 days, and some SDKs always send 90. Null, and any period beyond the server's
 * retention, means the server's retention.
 */
function findRetention(fields: FieldReader, serverMs: number): number | null {
  const days = fields.integer("payloadRetentionPeriod", RETENTION_DAYS) ?? null;
  const hours = fields.integer("payloadRetentionHours", RETENTION_HOURS) ?? null;
  if (days !== null && hours !== null) {
    fields.refuse("payloadRetentionHours", "cannot be given together with payloadRetentionPeriod");
  }
  const askedMs = days !== null ? days * DAY_MS : hours !== null ? hours * HOUR_MS : null;
  return askedMs === null || askedMs >= serverMs ? null : askedMs;
}
