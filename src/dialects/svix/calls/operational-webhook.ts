/**
 * Endpoints of the operator, which receive operational events about the other endpoints and their deliveries:
 * Svix's operational webhooks. They are ordinary endpoints, in an app that only these calls reach.
 */
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { OPERATIONAL_EVENT_TYPES } from "../../../core/events/event-type.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { getEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import type { Call } from "../../call.ts";
import { loadOperator, param, type AppCall } from "../caller.ts";
import {
  alias,
  body,
  EXAMPLE_ENDPOINT,
  EXAMPLE_TIME,
  instant,
  nullable,
  shown,
  signatureHeaders,
} from "./document-fields.ts";
import type { EndpointCall } from "./endpoint-access.ts";
import { createEndpointCalls } from "./endpoint-calls.ts";
import type { EndpointPlace } from "./endpoint-place.ts";
import { createHeaderCalls } from "./endpoint-headers.ts";
import { endpointFields, headerMap, TYPES } from "./endpoint-model.ts";
import { createSecretCalls } from "./endpoint-secret.ts";
import { rates } from "./model-fields.ts";
import { isoTime } from "./paging.ts";

const appRef = OPERATOR_APP_ID;

const types = Type.Array(Type.Enum([...OPERATIONAL_EVENT_TYPES]), {
  minItems: TYPES.min,
  maxItems: TYPES.max,
  description: "Operational events that the endpoint receives; null means all.",
});
const fields = {
  url: endpointFields.url,
  uid: endpointFields.uid,
  description: endpointFields.description,
  metadata: endpointFields.metadata,
  eventTypes: Type.Optional(nullable(types)),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  disabled: endpointFields.disabled,
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

const place: EndpointPlace = {
  path: "/api/v1/operational-webhook/endpoint",
  tag: "Operational webhook",
  of: "OperationalWebhookEndpoint",
  owner: " of the operator",
  toPortal: () => null,
  findApp,
  findEndpoint,
  readEndpoint: findEndpoint,
  createIn: endpointIn,
  updateIn: endpointUpdate,
  shown: endpoint,
  example: EXAMPLE,
  exampleIn: EXAMPLE_IN,
  toShown: endpointOut,
  listQuery: {},
  loadMoreOfList: async () => new Map(),
  loadMore: async () => undefined,
};

/** All of these calls require the admin token. */
export const OPERATIONAL_WEBHOOK_CALLS: readonly Call[] = [
  ...createEndpointCalls(place, {
    list: "List the operator's endpoints",
    createDescription:
      "The endpoint receives operational events about other endpoints and their deliveries, and no published messages.",
  }),
  ...createHeaderCalls(place),
  ...createSecretCalls(place),
];

async function findApp(context: OperationContext, request: FastifyRequest): Promise<AppCall> {
  return { caller: await loadOperator(context, request), appRef };
}

async function findEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const call = await findApp(context, request);
  const ref = param(request, "endpoint");
  return { ...call, endpoint: await getEndpoint(context, { appRef, ref, dialect: "svix" }) };
}

function endpointOut(endpoint: Endpoint): object {
  const { endpointId, url, description, throttleRate, uid, status, eventTypes, metadata } =
    endpoint;
  const { signatureHeaders } = endpoint;
  return {
    id: endpointId,
    url,
    description,
    throttleRate,
    rateLimit: throttleRate,
    uid,
    disabled: status === "disabled",
    eventTypes,
    metadata,
    createdAt: isoTime(endpoint.createdAt),
    updatedAt: isoTime(endpoint.updatedAt),
    ...(signatureHeaders === null ? undefined : { signatureHeaders }),
  };
}
