/**
 * Endpoints of the operator, which receive operational events about the other endpoints and their deliveries:
 * Svix's operational webhooks. They are ordinary endpoints, in an app that only these calls reach.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import { generateSecret } from "../../../core/crypto/signing-secret.ts";
import { checkSigningSecret } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, IdempotencyKey, OperationContext } from "../../../operations/context.ts";
import { createEndpoint, toStrategy } from "../../../operations/endpoints/create-endpoint.ts";
import {
  findEndpoint,
  getEndpoint,
  listEndpoints,
  unknownEndpoint,
} from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint, updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import { jsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import type { FieldReader } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { newUid } from "./application.ts";
import { loadOperator, param } from "../caller.ts";
import { mountHeaders, mountSecret } from "./endpoint-extras.ts";
import { replacedFields } from "./endpoint.ts";
import type { EndpointCall } from "./endpoint.ts";
import { ENDPOINT_DEFAULTS, typesField, URL_RULES } from "./endpoint-model.ts";
import type { EndpointFields } from "./endpoint-model.ts";
import { headersField } from "./headers-field.ts";
import {
  metadataField,
  rateField,
  signatureHeadersField,
  TEXT_RULES,
  uidField,
} from "./model-rules.ts";
import { byId, isoTime, readWindow, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";

const PATH = "/api/v1/operational-webhook/endpoint";
const appRef = OPERATOR_APP_ID;
const OWN = { appRef, dialect: "svix" } as const;

export function mountOperationalWebhooks(scope: FastifyInstance, context: OperationContext): void {
  const path = `${PATH}/:endpoint`;
  const find = (request: FastifyRequest) => loadEndpoint(context, request);
  mountHeaders(scope, context, { path, find });
  mountSecret(scope, context, { path, find });

  scope.get(PATH, async (request, reply) => {
    await loadOperator(context, request);
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.endpoint, order: "choose_newest" });
    query.finish();
    const page = await listEndpoints(context, { ...window, appRef });
    return sendPage(reply, page, {
      id: (endpoint) => endpoint.endpointId,
      text: (endpoint) => JSON.stringify(endpointOut(endpoint)),
    });
  });

  scope.post(PATH, async (request, reply) => {
    const caller = await loadOperator(context, request);
    readQuery(request).finish();
    const reader = readFields(jsonBody(request).value);
    const fields = endpointFields(reader);
    const headers = headersField(reader) ?? {};
    const given = reader.text("secret") ?? null;
    reader.finish();
    const secret = given === null ? null : checkSigningSecret(given, ["secret"]);
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const endpoint = await make(context, { fields, headers, secret, idempotencyKey });
    return reply.code(201).send(endpointOut(endpoint));
  });

  scope.get(path, async (request) => {
    const { endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    return endpointOut(endpoint);
  });

  scope.put(path, async (request, reply) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const ref = param(request, "endpoint");
    const reader = readFields(jsonBody(request).value);
    const fields = endpointFields(reader);
    reader.finish();
    const { value: endpoint, created } = await upsertResource<Endpoint>({
      find: () => findEndpoint(context, { appRef, ref }),
      async create() {
        if (byId.endpoint(ref)) throw unknownEndpoint(ref);
        const uid = newUid(fields.uid ?? null, { name: "endpoint", ref, prefix: "ep_" });
        const made = {
          fields: { ...fields, uid },
          headers: {},
          secret: null,
          idempotencyKey: null,
        };
        return make(context, made);
      },
      update: (before) =>
        updateEndpoint(context, {
          ...OWN,
          ref: before.endpointId,
          fields: replacedFields(fields, ref, before),
        }),
    });
    return reply.code(created ? 201 : 200).send(endpointOut(endpoint));
  });

  scope.delete(path, async (request, reply) => {
    const { endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    await deleteEndpoint(context, { ...OWN, ref: endpoint.endpointId });
    return reply.code(204).send();
  });
}

async function loadEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const caller = await loadOperator(context, request);
  const endpoint = await getEndpoint(context, { ...OWN, ref: param(request, "endpoint") });
  return { caller, appRef, endpoint };
}

function endpointFields(reader: FieldReader): EndpointFields {
  reader.require("url");
  const given = {
    url: reader.text("url", URL_RULES) ?? undefined,
    uid: uidField(reader, "ep_"),
    description: reader.text("description", TEXT_RULES) ?? undefined,
    metadata: metadataField(reader),
    eventTypes: typesField(reader, "eventTypes"),
    throttleRate: rateField(reader),
    signatureHeaders: signatureHeadersField(reader),
    disabled: reader.flag("disabled") ?? undefined,
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as EndpointFields;
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

function make(
  context: OperationContext,
  p: {
    readonly fields: EndpointFields;
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Endpoint> {
  const secret = p.secret ?? generateSecret(context.randomBytes);
  const fields = {
    ...ENDPOINT_DEFAULTS,
    url: "",
    ...p.fields,
    headers: p.headers,
    secret,
    authentication: [toStrategy(secret)],
  };
  const endpointId = context.ids.next(ID_PREFIXES.endpoint);
  return createEndpoint(context, { ...OWN, endpointId, fields, idempotencyKey: p.idempotencyKey });
}
