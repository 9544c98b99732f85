/** Endpoints in Svix's model, with additional fields of Hookline. */
import { CUSTOM_WAITS } from "../../../core/delivery/retry-schedule.ts";
import { DELIVERY_POLICIES } from "../../../core/delivery/delivery-policy.ts";
import { isLineNumber, LINE_FORMS } from "../../../core/messages/address.ts";
import { refuseField } from "../../../core/error.ts";
import { checkRetrySchedule } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, EndpointOutlook } from "../../../operations/context.ts";
import type { FieldReader } from "../../read-fields.ts";
import {
  CHANNEL_RULES,
  eitherName,
  metadataField,
  NAME_RULES,
  rateField,
  signatureHeadersField,
  TAG_RULES,
  TEXT_RULES,
  uidField,
} from "./model-rules.ts";
import { isoTime } from "./paging.ts";

/** The endpoint fields of a body. A field that the body omits is absent. */
export type EndpointFields = Partial<
  Pick<
    Endpoint,
    | "url"
    | "uid"
    | "description"
    | "metadata"
    | "eventTypes"
    | "channels"
    | "tags"
    | "lines"
    | "wantsHistory"
    | "throttleRate"
    | "timeoutMs"
    | "retrySchedule"
    | "signatureHeaders"
  >
> & { readonly disabled?: boolean };

/** Defaults of the fields that a create or a put omits. */
export const ENDPOINT_DEFAULTS = {
  uid: null,
  description: "",
  metadata: {},
  eventTypes: null,
  channels: null,
  tags: null,
  lines: null,
  wantsHistory: false,
  throttleRate: null,
  timeoutMs: null,
  retrySchedule: null,
  signatureHeaders: null,
  disabled: false,
} as const satisfies Required<Omit<EndpointFields, "url">>;

/** An empty list selects every type, as null does. */
export const TYPES = { min: 0, max: 1000, item: NAME_RULES } as const;
export const CHANNELS = { min: 1, max: 10, item: CHANNEL_RULES } as const;
export const TAGS = { min: 1, max: 50, item: TAG_RULES } as const;
export const LINES = { min: 1, max: 1000, item: { max: 16 } } as const;
export const URL_RULES = { min: 1, max: 8192 } as const;
export const { timeoutRangeMs: TIMEOUT_RANGE_MS } = DELIVERY_POLICIES.svix;

/** `isPatch` refuses null for a field that has no null value. Otherwise null counts as absent. */
export function endpointFields(fields: FieldReader, isPatch: boolean): EndpointFields {
  if (isPatch) {
    fields.requireNotNull("url", "description", "disabled", "metadata", "historical");
  } else {
    fields.require("url");
  }
  const given = {
    url: fields.text("url", URL_RULES) ?? undefined,
    uid: uidField(fields, "ep_"),
    description: fields.text("description", TEXT_RULES) ?? undefined,
    metadata: metadataField(fields),
    eventTypes: eitherName(fields, ["eventTypes", "filterTypes"], (name) =>
      typesField(fields, name),
    ),
    channels: fields.texts("channels", CHANNELS),
    tags: fields.texts("tags", TAGS),
    lines: linesField(fields),
    wantsHistory: fields.flag("historical") ?? undefined,
    throttleRate: rateField(fields),
    timeoutMs: fields.integer("timeoutMs", TIMEOUT_RANGE_MS),
    retrySchedule: scheduleField(fields),
    signatureHeaders: signatureHeadersField(fields),
    disabled: fields.flag("disabled") ?? undefined,
  };
  // Older models count versions of an endpoint. There is only version 1.
  fields.integer("version", { min: 1, max: 1 });
  if ((fields.value("filter") ?? null) !== null)
    fields.refuse("filter", "must be null: payload filters are not supported");
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as EndpointFields;
}

export function typesField(
  fields: FieldReader,
  name: string,
): readonly string[] | null | undefined {
  const types = fields.texts(name, TYPES);
  return types?.length === 0 ? null : types;
}

function linesField(fields: FieldReader): readonly string[] | null | undefined {
  const lines = fields.texts("lines", LINES);
  const wrong = lines?.find((line) => !isLineNumber(line));
  if (wrong !== undefined)
    fields.refuse("lines", `"${wrong}" is not a line: each line must be ${LINE_FORMS}`);
  return lines;
}

/** Seconds before each further attempt. */
function scheduleField(fields: FieldReader): readonly number[] | null | undefined {
  const value = fields.value("retrySchedule");
  if (value === undefined || value === null) return value;
  const isNumbers = Array.isArray(value) && value.every((item) => Number.isSafeInteger(item));
  if (!isNumbers || value.length > CUSTOM_WAITS.most) {
    fields.refuse(
      "retrySchedule",
      `must be a list of at most ${CUSTOM_WAITS.most} whole numbers of seconds`,
    );
    return undefined;
  }
  const seconds = value as readonly number[];
  checkRetrySchedule(seconds, ["retrySchedule"]);
  return seconds;
}

/** The fields of an endpoint that every answer of Svix shows. */
export function endpointFacts(endpoint: Endpoint): object {
  const { endpointId, url, description, throttleRate, uid, status, eventTypes, channels } =
    endpoint;
  return {
    id: endpointId,
    url,
    version: 1,
    description,
    throttleRate,
    rateLimit: throttleRate,
    uid,
    disabled: status === "disabled",
    eventTypes,
    filterTypes: eventTypes,
    channels,
    createdAt: isoTime(endpoint.createdAt),
    updatedAt: isoTime(endpoint.updatedAt),
  };
}

/** Fields that are shown for one endpoint but not in lists. They are absent while they have no value. */
export function outlookOut(outlook: EndpointOutlook | null): object {
  const { nextAttemptAt = null, breaker = null } = outlook ?? {};
  return {
    ...(nextAttemptAt === null ? undefined : { nextAttempt: isoTime(nextAttemptAt) }),
    ...(breaker === null
      ? undefined
      : {
          breaker: { openSince: isoTime(breaker.openedAt), nextProbe: isoTime(breaker.probeAt) },
        }),
  };
}

/** Additional fields are shown only when they are set, so that Svix's clients see Svix's model. */
export function endpointOut(endpoint: Endpoint): object {
  const { dialect, tags, lines, wantsHistory, timeoutMs, retrySchedule, signatureHeaders } =
    endpoint;
  const mark = dialect === "svix" ? undefined : { "hookline.dialect": dialect };
  return {
    ...endpointFacts(endpoint),
    metadata: { ...endpoint.metadata, ...mark },
    ...(tags === null ? undefined : { tags }),
    ...(lines === null ? undefined : { lines }),
    ...(wantsHistory ? { historical: true } : undefined),
    ...(timeoutMs === null ? undefined : { timeoutMs }),
    ...(retrySchedule === null ? undefined : { retrySchedule }),
    ...(signatureHeaders === null ? undefined : { signatureHeaders }),
  };
}

/** Refusals name the field as in the model. */
export function refuseForeign(endpoint: Endpoint): void {
  if (endpoint.dialect === "svix") return;
  throw refuseField(
    "conflict",
    ["path", "endpoint"],
    `Endpoint ${endpoint.endpointId} belongs to the ${endpoint.dialect} API: change it there.`,
  );
}
