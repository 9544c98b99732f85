/** The document's calls on endpoints. */
import Type from "typebox";
import type { ErrorCode } from "../../core/error.ts";
import { CUSTOM_WAITS } from "../../core/retry-schedule.ts";
import type { ApiCall } from "../api-document.ts";
import { metadata, rates, toUidSchema } from "./document-application.ts";
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
  url: text(URL_RULES, "Where deliveries go; https, or http where the server allows it."),
  uid: Type.Optional(toUidSchema("ep_")),
  description: Type.Optional(text(TEXT_RULES, "Your own words about it.")),
  metadata: Type.Optional(metadata),
  eventTypes: Type.Optional(nullable(texts(TYPES, "Types it asks for; null is every type."))),
  filterTypes: Type.Optional(nullable(texts(TYPES, alias("eventTypes")))),
  channels: Type.Optional(
    nullable(texts(CHANNELS, "Only messages with one of these channels, or without channels.")),
  ),
  tags: Type.Optional(nullable(texts(TAGS, "Only messages with one of these tags."))),
  lines: Type.Optional(nullable(texts(LINES, "Only what happens on one of these lines."))),
  historical: Type.Optional(flag("Also what was published as history.")),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  timeoutMs: Type.Optional(
    nullable(
      Type.Integer({
        minimum: TIMEOUT_RANGE_MS.min,
        maximum: TIMEOUT_RANGE_MS.max,
        description: "How long an attempt may take; null is 15 seconds.",
      }),
    ),
  ),
  retrySchedule: Type.Optional(
    nullable(
      Type.Array(seconds, {
        maxItems: CUSTOM_WAITS.most,
        description: "Seconds before each further attempt, 72 hours in all at most.",
      }),
    ),
  ),
  disabled: Type.Optional(flag("Gets nothing while it is true.")),
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1, description: "There is one." })),
  filter: Type.Optional(Type.Null({ description: "Must be null: there are no payload filters." })),
};
const endpointIn = body("EndpointIn", {
  ...fields,
  headers: Type.Optional(headerMap),
  secret: Type.Optional(
    Type.String({ description: "`whsec_…` or `whsk_…`; one is made when it is left out." }),
  ),
});
const endpointUpdate = body("EndpointUpdate", fields);
const endpointPatch = body("EndpointPatch", { ...fields, url: Type.Optional(fields.url) });

/** What is shown of an endpoint wherever one is. */
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
  updatedAt: instant("When it was last changed."),
};
const endpoint = shown("Endpoint", {
  ...endpointFacts,
  metadata: Type.Record(Type.String(), Type.String(), {
    description: "With `hookline.dialect` when it belongs to another of the server's APIs.",
  }),
  tags: Type.Optional(Type.Array(Type.String())),
  lines: Type.Optional(Type.Array(Type.String())),
  historical: Type.Optional(Type.Boolean()),
  timeoutMs: Type.Optional(Type.Integer()),
  retrySchedule: Type.Optional(Type.Array(Type.Integer())),
  signatureHeaders: signatureHeaders.shown,
  nextAttempt: Type.Optional(
    instant("Of GET: the earliest attempt of what is pending; left out when nothing is."),
  ),
  breaker: Type.Optional(
    Type.Object(
      {
        openSince: instant("Since when only probes are sent."),
        nextProbe: instant("When the next one may leave."),
      },
      { description: "Of GET: its breaker; left out while it is closed." },
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

const made = answer("It was made.", endpoint, EXAMPLE);
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
    description: "Those of every API of the server; `hookline.dialect` says of which one.",
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
    summary: "Make an endpoint",
    description: "Every event published after the answer reaches it.",
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
    summary: "Replace an endpoint, or make it",
    description: "What is left out becomes its default again; secret and headers stay.",
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
