/** The parts of an endpoint outside its model: headers, secret, statistics, and examples. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../../core/error.ts";
import { sliceMember } from "../../../core/json/json-slice.ts";
import { isObject, type JsonValue } from "../../../core/json/json-value.ts";
import {
  importSigningKey,
  publicKeyText,
  SECRET_OVERLAP,
} from "../../../core/crypto/signing-secret.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { rotateEndpointSecret } from "../../../operations/endpoints/rotate-endpoint-secret.ts";
import { decryptHeaders, decryptSecret } from "../../../operations/endpoints/encrypt-endpoint.ts";
import { sendExample } from "../../../operations/events/send-example.ts";
import {
  patchEndpointHeaders,
  updateEndpoint,
} from "../../../operations/endpoints/update-endpoint.ts";
import { jsonBody, optionalJsonBody } from "./json-body.ts";
import { readFields, type FieldReader } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadAppCall, param } from "../caller.ts";
import { loadOwnEndpoint, type EndpointCall } from "./endpoint.ts";
import { headersField } from "./headers-field.ts";
import { messageOut } from "./message-out.ts";
import { NAME_RULES } from "./model-rules.ts";
import { sendText } from "./paging.ts";
import { expectsNoContent } from "./sdk-release.ts";
import { readQuery } from "./query.ts";

const PATH = "/api/v1/app/:app/endpoint/:endpoint";

export const EXAMPLE_INDEX = { min: 0, max: 1000 } as const;
export const REMOVED_HEADERS = { min: 0, max: 64, item: { min: 1, max: 256 } } as const;

/** Svix's test event. It needs no registration and has one payload. */
const PING = {
  type: "svix.ping",
  given: { payload: { success: true }, text: '{"success":true}' },
} as const;

/** Headers whose values Svix never shows. */
const SENSITIVE = new Set([
  "authorization",
  "proxy-authenticate",
  "proxy-authorization",
  "www-authenticate",
  "x-auth-token",
]);

export function mountEndpointExtras(scope: FastifyInstance, context: OperationContext): void {
  const place = {
    path: PATH,
    find: (request: FastifyRequest) => loadOwnEndpoint(context, request),
  };
  mountHeaders(scope, context, place);
  mountSecret(scope, context, place);

  scope.post(`${PATH}/send-example`, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const { text, value } = jsonBody(request);
    const fields = readFields(value);
    const eventType = fields.require("eventType") ? fields.text("eventType", NAME_RULES) : "";
    const exampleIndex = fields.integer("exampleIndex", EXAMPLE_INDEX) ?? 0;
    const type = eventType ?? "";
    const given = givenPayload(fields, text) ?? (type === PING.type ? PING.given : null);
    fields.finish();
    const example = await sendExample(context, {
      appRef,
      endpointRef: param(request, "endpoint"),
      eventType: type,
      exampleIndex,
      given,
      idempotencyKey: readIdempotencyKey(request, caller, context),
    });
    const [event] = example.events;
    return sendText(
      reply,
      202,
      messageOut({
        id: event?.id ?? "",
        eventId: null,
        type,
        payload: example.payloadText,
        channels: [],
        tags: [],
        orderingKey: null,
        deliverAt: null,
        acceptedAt: example.acceptedAt,
      }),
    );
  });
}

/** A payload in the body of `send-example`, which is sent byte for byte. */
function givenPayload(
  fields: FieldReader,
  text: string,
): { readonly payload: object; readonly text: string } | null {
  const payload = fields.value("payload") ?? null;
  if (payload === null) return null;
  if (!isObject(payload)) fields.refuse("payload", "must be a JSON object", "type_error.dict");
  return { payload: payload as object, text: sliceMember(text, "payload") ?? "{}" };
}

/** The collection of an endpoint: an app's endpoints, or the operator's. */
export type EndpointPlace = {
  readonly path: string;
  /** The endpoint of a request, for a caller who may manage it. */
  find(request: FastifyRequest): Promise<EndpointCall>;
};

export function mountHeaders(
  scope: FastifyInstance,
  context: OperationContext,
  { path, find }: EndpointPlace,
): void {
  scope.get(`${path}/headers`, async (request) => {
    const { endpoint } = await find(request);
    readQuery(request).finish();
    const entries = Object.entries(decryptHeaders(context, endpoint));
    const isHidden = ([name]: [string, string]) => SENSITIVE.has(name.toLowerCase());
    return {
      headers: Object.fromEntries(entries.filter((entry) => !isHidden(entry))),
      sensitive: entries.filter(isHidden).map(([name]) => name),
    };
  });

  scope.put(`${path}/headers`, async (request, reply) => {
    const { endpoint, appRef } = await find(request);
    readQuery(request).finish();
    const fields = readFields(jsonBody(request).value);
    fields.require("headers");
    const headers = headersField(fields) ?? {};
    fields.finish();
    const ref = endpoint.endpointId;
    await updateEndpoint(context, { appRef, ref, dialect: "svix", fields: { headers } });
    return reply.code(204).send();
  });

  scope.patch(`${path}/headers`, async (request, reply) => {
    const { endpoint, appRef } = await find(request);
    readQuery(request).finish();
    const { body, removed } = withoutNulls(jsonBody(request).value);
    const fields = readFields(body);
    fields.require("headers");
    const headers = headersField(fields) ?? {};
    const deleteHeaders = fields.texts("deleteHeaders", REMOVED_HEADERS) ?? [];
    fields.finish();
    await patchEndpointHeaders(context, {
      appRef,
      ref: endpoint.endpointId,
      dialect: "svix",
      headers,
      deleteHeaders: [...deleteHeaders, ...removed],
    });
    return reply.code(204).send();
  });
}

export function mountSecret(
  scope: FastifyInstance,
  context: OperationContext,
  { path, find }: EndpointPlace,
): void {
  scope.get(`${path}/secret`, async (request) => {
    const { endpoint } = await find(request);
    readQuery(request).finish();
    return secretOut(context, endpoint);
  });

  scope.post(`${path}/secret/rotate`, async (request, reply) => {
    const { caller, appRef, endpoint } = await find(request);
    readQuery(request).finish();
    const fields = readFields(optionalJsonBody(request));
    const key = fields.text("key") ?? null;
    const range = { min: 0, max: SECRET_OVERLAP.maxMs / 1000 };
    const seconds = fields.integer("gracePeriodSeconds", range) ?? null;
    fields.finish();
    const rotated = await rotateEndpointSecret(context, {
      appRef,
      ref: endpoint.endpointId,
      key,
      overlapMs: seconds === null ? null : seconds * 1000,
      idempotencyKey: readIdempotencyKey(request, caller, context),
    });
    if (expectsNoContent(request.headers["user-agent"])) return reply.code(204).send();
    return secretOut(context, rotated);
  });
}

/** For a key pair, only the public half is ever shown: a receiver needs no more. */
function secretOut(context: OperationContext, endpoint: Endpoint): { readonly key: string } {
  const secret = decryptSecret(context, endpoint);
  if (secret === null) throw new AppError("not_found", "The endpoint has no secret.");
  return { key: publicKeyText(importSigningKey(secret)) ?? secret };
}

/** Older clients remove a header by setting it to null. */
function withoutNulls(value: JsonValue): { body: JsonValue; removed: string[] } {
  const headers = isObject(value) ? value["headers"] : undefined;
  if (!isObject(value) || !isObject(headers)) return { body: value, removed: [] };
  const entries = Object.entries(headers);
  return {
    body: { ...value, headers: Object.fromEntries(entries.filter(([, text]) => text !== null)) },
    removed: entries.filter(([, text]) => text === null).map(([name]) => name),
  };
}
