/** The document's calls on endpoints. */
import Type from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import { CUSTOM_WAITS } from "../../../core/delivery/retry-schedule.ts";
import type { ApiCall } from "../../api-document.ts";
import { metadata, rates, toUidSchema } from "./model-fields.ts";
import {
  alias,
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_APP,
  EXAMPLE_ENDPOINT,
  EXAMPLE_TIME,
  flag,
  instant,
  JSON_BODY,
  toListSchema,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  NEWEST_FIRST_PAGE,
  params,
  READING,
  shown,
  signatureHeaders,
  text,
  texts,
} from "./document-fields.ts";
import { CHANNELS, LINES, TAGS, TIMEOUT_RANGE_MS, TYPES, URL_RULES } from "./endpoint-model.ts";
import { HEADER_RULES } from "./headers-field.ts";
import { TEXT_RULES } from "./model-rules.ts";

const seconds = Type.Integer({
  minimum: CUSTOM_WAITS.minMs / 1000,
  maximum: CUSTOM_WAITS.maxMs / 1000,
});

export const headerMap = Type.Record(Type.String(), text(HEADER_RULES.value, ""), {
  maxProperties: HEADER_RULES.max,
  description: "Headers that are sent with every delivery.",
});

const fields = {
  url: text(URL_RULES, "URL for deliveries: https, or http if the server allows it."),
  uid: Type.Optional(toUidSchema("ep_")),
  description: Type.Optional(text(TEXT_RULES, "A description of your choice.")),
  metadata: Type.Optional(metadata),
  eventTypes: Type.Optional(
    nullable(texts(TYPES, "Event types that the endpoint receives; null means every type.")),
  ),
  filterTypes: Type.Optional(nullable(texts(TYPES, alias("eventTypes")))),
  channels: Type.Optional(
    nullable(
      texts(CHANNELS, "Receives only messages that have one of these channels or no channels."),
    ),
  ),
  tags: Type.Optional(nullable(texts(TAGS, "Receives only messages with one of these tags."))),
  lines: Type.Optional(nullable(texts(LINES, "Receives only events of these lines."))),
  historical: Type.Optional(flag("Receives messages published as history too.")),
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
  version: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1, description: "Always 1: endpoints have no versions." }),
  ),
  filter: Type.Optional(
    Type.Null({ description: "Must be null: payload filters are not supported." }),
  ),
};
const endpointIn = body("EndpointIn", {
  ...fields,
  headers: Type.Optional(headerMap),
  secret: Type.Optional(
    Type.String({ description: "`whsec_…` or `whsk_…`. If omitted, a secret is generated." }),
  ),
});
const endpointUpdate = body("EndpointUpdate", fields);
const endpointPatch = body("EndpointPatch", { ...fields, url: Type.Optional(fields.url) });

/** The fields of an endpoint that every answer shows. */
export const endpointFacts = {
  id: Type.String(),
  url: Type.String(),
  version: Type.Integer(),
  description: Type.String(),
  throttleRate: nullable(Type.Integer()),
  rateLimit: nullable(Type.Integer({ description: alias("throttleRate") })),
  uid: nullable(Type.String()),
  disabled: Type.Boolean(),
  eventTypes: nullable(Type.Array(Type.String())),
  filterTypes: nullable(Type.Array(Type.String(), { description: alias("eventTypes") })),
  channels: nullable(Type.Array(Type.String())),
  createdAt: instant("When it was made."),
  updatedAt: instant("Time of the last change."),
};
const endpoint = shown("Endpoint", {
  ...endpointFacts,
  metadata: Type.Record(Type.String(), Type.String(), {
    description:
      "Includes `hookline.dialect` if the endpoint belongs to another of the server's APIs.",
  }),
  tags: Type.Optional(Type.Array(Type.String())),
  lines: Type.Optional(Type.Array(Type.String())),
  historical: Type.Optional(Type.Boolean()),
  timeoutMs: Type.Optional(Type.Integer()),
  retrySchedule: Type.Optional(Type.Array(Type.Integer())),
  signatureHeaders: signatureHeaders.shown,
  nextAttempt: Type.Optional(
    instant(
      "Only for GET: the earliest attempt of a pending delivery; absent when none is pending.",
    ),
  ),
  breaker: Type.Optional(
    Type.Object(
      {
        openSince: instant("When the breaker opened. Only probes are sent since then."),
        nextProbe: instant("When the next probe may be sent."),
      },
      { description: "Only for GET: the breaker of the endpoint; absent while it is closed." },
    ),
  ),
});

const EXAMPLE_URL = "https://example.com/hooks";
const EXAMPLE_IN = { url: EXAMPLE_URL, uid: EXAMPLE_ENDPOINT, eventTypes: ["message.received"] };
export const EXAMPLE_FACTS = {
  id: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga2",
  url: EXAMPLE_URL,
  version: 1,
  description: "",
  throttleRate: null,
  rateLimit: null,
  uid: EXAMPLE_ENDPOINT,
  disabled: false,
  eventTypes: ["message.received"],
  filterTypes: ["message.received"],
  channels: null,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};
const EXAMPLE = { ...EXAMPLE_FACTS, metadata: {} };

const made = answer("The endpoint was created.", endpoint, EXAMPLE);
const found = answer("The endpoint.", endpoint, EXAMPLE);
const PATH = "/api/v1/app/:app/endpoint";
const EXAMPLE_PARAMS = { app: EXAMPLE_APP, endpoint: EXAMPLE_ENDPOINT };
const all = { tag: "Endpoint", security: ["bearer"], path: PATH, params: params("app") } as const;
const one = { ...all, path: `${PATH}/:endpoint`, params: params("app", "endpoint") } as const;
const ADDRESSES: readonly ErrorCode[] = ["invalid_url", "blocked_url"];

export const ENDPOINT_CALLS: readonly ApiCall[] = [
  {
    ...all,
    id: "listEndpoints",
    summary: "List endpoints",
    description:
      "Returns the endpoints of every API of the server; `hookline.dialect` names the API.",
    methods: ["GET"],
    query: Type.Object(NEWEST_FIRST_PAGE),
    example: { params: { app: EXAMPLE_APP } },
    answers: {
      200: answer("A page of endpoints.", toListSchema(endpoint, "Endpoints"), {
        data: [EXAMPLE],
        iterator: EXAMPLE.id,
        prevIterator: `-${EXAMPLE.id}`,
        done: true,
      }),
    },
    refusals: READING,
  },
  {
    ...all,
    id: "createEndpoint",
    summary: "Create an endpoint",
    description: "The endpoint receives every matching event published after the answer.",
    methods: ["POST"],
    headers: ONCE,
    body: { schema: endpointIn, ...JSON_BODY },
    example: { params: { app: EXAMPLE_APP }, body: { ...EXAMPLE_IN, uid: "billing" } },
    answers: { 201: made },
    refusals: [...MAKING, ...ADDRESSES],
  },
  {
    ...one,
    id: "getEndpoint",
    summary: "Get an endpoint",
    methods: ["GET"],
    example: { params: EXAMPLE_PARAMS },
    answers: { 200: found },
    refusals: READING,
  },
  {
    ...one,
    id: "putEndpoint",
    summary: "Replace an endpoint, or create it",
    description: "An omitted field takes its default; the secret and the headers stay.",
    methods: ["PUT"],
    body: { schema: endpointUpdate, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: EXAMPLE_IN },
    answers: { 200: found, 201: made },
    refusals: [...CHANGING, ...ADDRESSES],
  },
  {
    ...one,
    id: "patchEndpoint",
    summary: "Change an endpoint",
    methods: ["PATCH"],
    body: { schema: endpointPatch, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { description: "The CRM." } },
    answers: { 200: found },
    refusals: [...CHANGING, ...ADDRESSES],
  },
  {
    ...one,
    id: "deleteEndpoint",
    summary: "Delete an endpoint",
    description: "No attempt starts after the answer.",
    methods: ["DELETE"],
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: DELETING,
  },
];
