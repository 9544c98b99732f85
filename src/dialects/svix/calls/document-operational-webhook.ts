/** The document's calls on the operator's endpoints. */
import Type from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import { OPERATIONAL_EVENT_TYPES } from "../../../core/events/event-type.ts";
import type { ApiCall } from "../../api-document.ts";
import { metadata, rates, toUidSchema } from "./model-fields.ts";
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
  description: "Operational events that the endpoint receives; null means all.",
});
const fields = {
  url: text(URL_RULES, "URL for deliveries: https, or http if the server allows it."),
  uid: Type.Optional(toUidSchema("ep_")),
  description: Type.Optional(text(TEXT_RULES, "A description of your choice.")),
  metadata: Type.Optional(metadata),
  eventTypes: Type.Optional(nullable(types)),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  disabled: Type.Optional(flag("A disabled endpoint receives nothing.")),
};
const endpointIn = body("OperationalWebhookEndpointIn", {
  ...fields,
  headers: Type.Optional(nullable(headerMap)),
  secret: Type.Optional(
    nullable(
      Type.String({ description: "`whsec_…` or `whsk_…`. If omitted, a secret is generated." }),
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
  updatedAt: instant("Time of the last change."),
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

const made = answer("The endpoint was created.", endpoint, EXAMPLE);
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

/** All of these calls require the admin token. */
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
    summary: "Create an endpoint of the operator",
    description:
      "The endpoint receives operational events about other endpoints and their deliveries, and no published messages.",
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
    summary: "Replace an endpoint of the operator, or create it",
    description: "An omitted field takes its default; the secret and the headers stay.",
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
