/** Endpoints: create, list, show, replace, change, delete. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import { generateSecret } from "../../../core/crypto/signing-secret.ts";
import { checkSigningSecret } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, IdempotencyKey, OperationContext } from "../../../operations/context.ts";
import { createEndpoint, toStrategy } from "../../../operations/endpoints/create-endpoint.ts";
import {
  findEndpoint,
  findOutlook,
  getEndpoint,
  listEndpoints,
  unknownEndpoint,
} from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint, updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import { CREATES } from "../../dialect.ts";
import { jsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { newUid } from "./application.ts";
import { loadAppCall, param } from "../caller.ts";
import type { AppCall } from "../caller.ts";
import {
  ENDPOINT_DEFAULTS,
  endpointFields,
  endpointOut,
  outlookOut,
  refuseForeign,
} from "./endpoint-model.ts";
import type { EndpointFields } from "./endpoint-model.ts";
import { headersField } from "./headers-field.ts";
import { byId, readWindow, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";

const PATH = "/api/v1/app/:app/endpoint";

export function mountEndpoints(scope: FastifyInstance, context: OperationContext): void {
  scope.get(PATH, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.endpoint, order: "choose_newest" });
    query.finish();
    const page = await listEndpoints(context, { ...window, appRef });
    return sendPage(reply, page, {
      id: (endpoint) => endpoint.endpointId,
      text: (endpoint) => JSON.stringify(endpointOut(endpoint)),
    });
  });

  scope.post(PATH, CREATES, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const reader = readFields(jsonBody(request).value);
    const fields = endpointFields(reader, false);
    const headers = headersField(reader) ?? {};
    const given = reader.text("secret") ?? null;
    reader.finish();
    const secret = given === null ? null : checkSigningSecret(given, ["secret"]);
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const endpoint = await make(context, { appRef, fields, headers, secret, idempotencyKey });
    return reply.code(201).send(endpointOut(endpoint));
  });

  scope.get(`${PATH}/:endpoint`, async (request) => {
    const { appRef, endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    const ref = { appRef, ref: endpoint.endpointId };
    return { ...endpointOut(endpoint), ...outlookOut(await findOutlook(context, ref)) };
  });

  scope.put(`${PATH}/:endpoint`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const ref = param(request, "endpoint");
    const reader = readFields(jsonBody(request).value);
    const fields = endpointFields(reader, false);
    reader.finish();
    const { value: endpoint, created } = await upsertResource<Endpoint>({
      find: () => findEndpoint(context, { appRef, ref }),
      async create() {
        if (byId.endpoint(ref)) throw unknownEndpoint(ref);
        const uid = newUid(fields.uid ?? null, { name: "endpoint", ref, prefix: "ep_" });
        const made = {
          appRef,
          fields: { ...fields, uid },
          headers: {},
          secret: null,
          idempotencyKey: null,
        };
        return make(context, made);
      },
      async update(before) {
        refuseForeign(before);
        return updateEndpoint(context, {
          appRef,
          ref: before.endpointId,
          dialect: "svix",
          fields: replacedFields(fields, ref, before),
        });
      },
    });
    return reply.code(created ? 201 : 200).send(endpointOut(endpoint));
  });

  scope.patch(`${PATH}/:endpoint`, async (request) => {
    const { endpoint, appRef } = await loadOwnEndpoint(context, request);
    readQuery(request).finish();
    const reader = readFields(jsonBody(request).value);
    const fields = endpointFields(reader, true);
    reader.finish();
    const ref = endpoint.endpointId;
    return endpointOut(await updateEndpoint(context, { appRef, ref, dialect: "svix", fields }));
  });

  scope.delete(`${PATH}/:endpoint`, async (request, reply) => {
    const { endpoint, appRef } = await loadOwnEndpoint(context, request);
    readQuery(request).finish();
    await deleteEndpoint(context, { appRef, ref: endpoint.endpointId, dialect: "svix" });
    return reply.code(204).send();
  });
}

/**
 * All fields of a put. A put under a uid, without a uid in the body, keeps the uid. Otherwise the next put
 * would create another endpoint.
 */
export function replacedFields(fields: EndpointFields, ref: string, before: Endpoint) {
  const uid = fields.uid ?? (ref === before.uid ? ref : null);
  return { ...ENDPOINT_DEFAULTS, ...fields, uid };
}

export type EndpointCall = AppCall & { readonly endpoint: Endpoint };

/** The endpoint of the path, in any dialect, for a caller who may manage it. */
export async function loadEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const call = await loadAppCall(context, request, "manage");
  const ref = param(request, "endpoint");
  const endpoint = await getEndpoint(context, { appRef: call.appRef, ref, dialect: null });
  return { ...call, endpoint };
}

/** Variant of `loadEndpoint` for calls that refuse an endpoint of another dialect. */
export async function loadOwnEndpoint(
  context: OperationContext,
  request: FastifyRequest,
): Promise<EndpointCall> {
  const call = await loadEndpoint(context, request);
  refuseForeign(call.endpoint);
  return call;
}

function make(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly fields: EndpointFields;
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Endpoint> {
  const { appRef, idempotencyKey, headers } = p;
  const secret = p.secret ?? generateSecret(context.randomBytes);
  const fields = {
    ...ENDPOINT_DEFAULTS,
    url: "",
    ...p.fields,
    headers,
    secret,
    authentication: [toStrategy(secret)],
  };
  const endpointId = context.ids.next(ID_PREFIXES.endpoint);
  return createEndpoint(context, { appRef, dialect: "svix", endpointId, fields, idempotencyKey });
}
