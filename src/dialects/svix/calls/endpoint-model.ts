/** Endpoints in Svix's model, with additional fields of Hookline. */
import Type from "typebox";
import type { Static } from "typebox";
import { DELIVERY_POLICIES } from "../../../core/delivery/delivery-policy.ts";
import { CUSTOM_WAITS } from "../../../core/delivery/retry-schedule.ts";
import {
  FILTER_CHARACTERS,
  findFilterProblem,
} from "../../../core/payload-filter/payload-filter.ts";
import { isLineNumber, LINE_FORMS } from "../../../core/messages/address.ts";
import type { Endpoint } from "../../../operations/context.ts";
import { checkRetrySchedule } from "../../../operations/endpoints/check-endpoint.ts";
import { toAlias, toMapSchema, refine } from "../../request-schema.ts";
import { body, flag, nullable, signatureHeaders, text, texts } from "./document-fields.ts";
import { metadata, rates, toUidSchema } from "./model-fields.ts";
import { CHANNEL_RULES, NAME_RULES, TAG_RULES, TEXT_RULES } from "./model-rules.ts";

/** An empty list selects every type, as null does. */
export const TYPES = { min: 0, max: 1000, item: NAME_RULES } as const;
const CHANNELS = { min: 1, max: 10, item: CHANNEL_RULES } as const;
const TAGS = { min: 1, max: 50, item: TAG_RULES } as const;
const LINES = { min: 1, max: 1000, item: { max: 16 } } as const;
const { timeoutRangeMs: TIMEOUT_RANGE_MS } = DELIVERY_POLICIES.svix;

export const HEADER_NAME = { min: 1, max: 256 } as const;
export const MOST_HEADERS = 64;
export const headerValue = text({ max: 4096 }, "");
/** The names are also checked by `operations`, which knows the names that are not allowed. */
export const headerMap = toMapSchema(
  { max: MOST_HEADERS, name: HEADER_NAME },
  headerValue,
  "Headers that are sent with every delivery.",
);
export const removedHeaders = texts(
  { min: 0, max: MOST_HEADERS, item: HEADER_NAME },
  "Names of headers to remove.",
);

const toTypes = (description: string) => nullable(texts(TYPES, description));
const seconds = Type.Integer({
  minimum: CUSTOM_WAITS.minMs / 1000,
  maximum: CUSTOM_WAITS.maxMs / 1000,
});

export const endpointFields = {
  url: text({ min: 1, max: 8192 }, "URL for deliveries: https, or http if the server allows it."),
  uid: Type.Optional(toUidSchema("ep_")),
  description: Type.Optional(text(TEXT_RULES, "A description of your choice.")),
  metadata: Type.Optional(metadata),
  eventTypes: Type.Optional(
    toTypes("Event types that the endpoint receives; null means every type."),
  ),
  filterTypes: toAlias("eventTypes", toTypes),
  channels: Type.Optional(
    nullable(
      texts(CHANNELS, "Receives only messages that have one of these channels or no channels."),
    ),
  ),
  tags: Type.Optional(nullable(texts(TAGS, "Receives only messages with one of these tags."))),
  lines: Type.Optional(
    nullable(
      refine(
        texts(LINES, "Receives only events of these lines."),
        (lines: readonly string[]) => lines.every(isLineNumber),
        (lines) => {
          const wrong = lines.find((line) => !isLineNumber(line));
          return `"${wrong}" is not a line: each line must be ${LINE_FORMS}`;
        },
      ),
    ),
  ),
  historical: Type.Optional(flag("Receives messages published as history too.")),
  payloadFilter: Type.Optional(
    nullable(
      refine(
        text(
          { min: 1, max: FILTER_CHARACTERS },
          "Receives only messages for whose payload this expression of JMESPath is true.",
        ),
        (filter: string) => findFilterProblem(filter) === undefined,
        (filter) => findFilterProblem(filter) ?? "",
      ),
    ),
  ),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  timeoutMs: Type.Optional(
    nullable(
      Type.Integer({
        minimum: TIMEOUT_RANGE_MS.min,
        maximum: TIMEOUT_RANGE_MS.max,
        description: "Timeout of an attempt in milliseconds; null means 15 seconds.",
      }),
    ),
  ),
  retrySchedule: Type.Optional(
    nullable(
      Type.Array(seconds, {
        maxItems: CUSTOM_WAITS.most,
        description: "Seconds before each further attempt, at most 72 hours in total.",
      }),
    ),
  ),
  disabled: Type.Optional(flag("A disabled endpoint receives nothing.")),
  // Older models count versions of an endpoint. There is only version 1.
  version: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: 1,
        description: "Always 1: endpoints have no versions.",
      }),
    ),
  ),
  filter: Type.Optional(
    refine(
      Type.Null({ description: "Must be null: use `payloadFilter` for a filter of the payload." }),
      (filter) => filter === null,
      "must be null: use payloadFilter, an expression of JMESPath, to filter by the payload",
    ),
  ),
};
export const endpointIn = body("EndpointIn", {
  ...endpointFields,
  headers: Type.Optional(headerMap),
  secret: Type.Optional(
    Type.String({ description: "`whsec_…` or `whsk_…`. If omitted, a secret is generated." }),
  ),
});
export const endpointUpdate = body("EndpointUpdate", endpointFields);
export const endpointPatch = body("EndpointPatch", {
  ...endpointFields,
  url: Type.Optional(endpointFields.url),
});

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
    | "filter"
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
  filter: null,
  throttleRate: null,
  timeoutMs: null,
  retrySchedule: null,
  signatureHeaders: null,
  disabled: false,
} as const satisfies Required<Omit<EndpointFields, "url">>;

/** A field that the body omits stays absent. */
export function toEndpointFields(given: Static<typeof endpointPatch>): EndpointFields {
  const { historical, eventTypes, filterTypes: _types, rateLimit: _rate, ...others } = given;
  const { version: _version, filter: _filter, payloadFilter, retrySchedule, ...rest } = others;
  if (retrySchedule) checkRetrySchedule(retrySchedule, ["retrySchedule"]);
  return {
    ...rest,
    ...(retrySchedule === undefined ? undefined : { retrySchedule }),
    ...(historical === undefined ? undefined : { wantsHistory: historical }),
    ...(payloadFilter === undefined ? undefined : { filter: payloadFilter }),
    ...(eventTypes === undefined
      ? undefined
      : { eventTypes: eventTypes?.length === 0 ? null : eventTypes }),
  };
}
