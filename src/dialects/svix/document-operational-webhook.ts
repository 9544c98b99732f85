/** The document's calls on the operator's own endpoints. */
import Type from "typebox";
import type { ErrorCode } from "../../core/error.ts";
import { OPERATIONAL_EVENT_TYPES } from "../../core/event-type.ts";
import type { ApiCall } from "../api-document.ts";
import { metadata, rates, toUidSchema } from "./document-application.ts";
import { headerCalls, secretCalls } from "./document-endpoint-extras.ts";
import { headerMap } from "./document-endpoint.ts";
import {
  alias,
  answer,
  body,
  CHANGING,
  DELETING,
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
} from "./document-fields.ts";
import { TYPES, URL_RULES } from "./endpoint-model.ts";
import { TEXT_RULES } from "./model-rules.ts";

const types = Type.Array(Type.Enum([...OPERATIONAL_EVENT_TYPES]), {
  minItems: TYPES.min,
  maxItems: TYPES.max,
  description: "Operational events it asks for; null is every one.",
});
const fields = {
  url: text(URL_RULES, "Where deliveries go; https, or http where the server allows it."),
  uid: Type.Optional(toUidSchema("ep_")),
  description: Type.Optional(text(TEXT_RULES, "Your own words about it.")),
  metadata: Type.Optional(metadata),
  eventTypes: Type.Optional(nullable(types)),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  disabled: Type.Optional(flag("Gets nothing while it is true.")),
};
const endpointIn = body("OperationalWebhookEndpointIn", {
  ...fields,
  headers: Type.Optional(nullable(headerMap)),
  secret: Type.Optional(
    nullable(
      Type.String({ description: "`whsec_…` or `whsk_…`; one is made when it is left out." }),
    ),
  ),
});
const endpointUpdate = body("OperationalWebhookEndpointUpdate", fields);
const endpoint = shown("OperationalWebhookEndpoint", {
  id: Type.String(),
  url: Type.String(),
  description: Type.String(),
  throttleRate: nullable(Type.Integer()),
  rateLimit: nullable(Type.Integer({ description: alias("throttleRate") })),
  uid: nullable(Type.String()),
  disabled: Type.Boolean(),
  eventTypes: nullable(Type.Array(Type.String())),
  metadata: Type.Record(Type.String(), Type.String()),
  createdAt: instant("When it was made."),
  updatedAt: instant("When it was last changed."),
  signatureHeaders: signatureHeaders.shown,
});

const EXAMPLE_URL = "https://example.com/operations";
const EXAMPLE_IN = {
  url: EXAMPLE_URL,
  uid: EXAMPLE_ENDPOINT,
  eventTypes: ["endpoint.disabled", "message.attempt.exhausted"],
};
const EXAMPLE = {
  ...EXAMPLE_IN,
  id: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga2",
  description: "",
  throttleRate: null,
  rateLimit: null,
  disabled: false,
  metadata: {},
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};

const made = answer("It was made.", endpoint, EXAMPLE);
const found = answer("The endpoint.", endpoint, EXAMPLE);
const PATH = "/api/v1/operational-webhook/endpoint";
const TAG = "Operational webhook";
const EXAMPLE_PARAMS = { endpoint: EXAMPLE_ENDPOINT };
const all = { tag: TAG, security: ["bearer"], path: PATH } as const;
const one = { ...all, path: `${PATH}/:endpoint`, params: params("endpoint") } as const;
const ADDRESSES: readonly ErrorCode[] = ["invalid_url", "blocked_url"];
const extras = {
  path: one.path,
  tag: TAG,
  of: "OperationalWebhookEndpoint",
  params: one.params,
  example: EXAMPLE_PARAMS,
};

/** All of them take the admin token only. */
export const OPERATIONAL_WEBHOOK_CALLS: readonly ApiCall[] = [
  {
    ...all,
    id: "listOperationalWebhookEndpoints",
    summary: "List the operator's endpoints",
    methods: ["GET"],
    query: Type.Object(NEWEST_FIRST_PAGE),
    answers: {
      200: answer("A page of endpoints.", toListSchema(endpoint, "OperationalWebhookEndpoints"), {
        data: [EXAMPLE],
        iterator: EXAMPLE.id,
        prevIterator: `-${EXAMPLE.id}`,
        done: true,
      }),
    },
    refusals: ["invalid_field"],
  },
  {
    ...all,
    id: "createOperationalWebhookEndpoint",
    summary: "Make an endpoint of the operator",
    description: "It hears of other endpoints and of deliveries, and of nothing that is published.",
    methods: ["POST"],
    headers: ONCE,
    body: { schema: endpointIn, ...JSON_BODY },
    example: { body: { ...EXAMPLE_IN, uid: "alerts" } },
    answers: { 201: made },
    refusals: [...MAKING, ...ADDRESSES],
  },
  {
    ...one,
    id: "getOperationalWebhookEndpoint",
    summary: "Get an endpoint of the operator",
    methods: ["GET"],
    example: { params: EXAMPLE_PARAMS },
    answers: { 200: found },
    refusals: READING,
  },
  {
    ...one,
    id: "putOperationalWebhookEndpoint",
    summary: "Replace an endpoint of the operator, or make it",
    description: "What is left out becomes its default again; secret and headers stay.",
    methods: ["PUT"],
    body: { schema: endpointUpdate, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: EXAMPLE_IN },
    answers: { 200: found, 201: made },
    refusals: [...CHANGING, ...ADDRESSES],
  },
  {
    ...one,
    id: "deleteOperationalWebhookEndpoint",
    summary: "Delete an endpoint of the operator",
    methods: ["DELETE"],
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: DELETING,
  },
  ...headerCalls(extras),
  ...secretCalls(extras),
];
