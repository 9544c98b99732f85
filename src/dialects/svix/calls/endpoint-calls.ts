/**
 * The calls on a collection of endpoints, an app's or the operator's: create, list, show, replace, delete.
 */
import type { Static, TObject } from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { generateSecret } from "../../../core/crypto/signing-secret.ts";
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import type { Endpoint, IdempotencyKey, OperationContext } from "../../../operations/context.ts";
import { checkSigningSecret } from "../../../operations/endpoints/check-endpoint.ts";
import { createEndpoint, toStrategy } from "../../../operations/endpoints/create-endpoint.ts";
import {
  findEndpoint,
  listEndpoints,
  unknownEndpoint,
} from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint, updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import type { Call } from "../../call.ts";
import { nativeCall, type Access } from "../call.ts";
import type { AppCall } from "../caller.ts";
import { newUid } from "./application.ts";
import {
  answer,
  CHANGING,
  DELETING,
  MAKING,
  NOTHING,
  READING,
  toPageAnswer,
} from "./document-fields.ts";
import { refuseForeign, type EndpointCall } from "./endpoint-access.ts";
import {
  ENDPOINT_DEFAULTS,
  toEndpointFields,
  type EndpointFields,
  type endpointIn,
} from "./endpoint-model.ts";
import { createPaging } from "./list-query.ts";
import { byId, sendPage } from "./paging.ts";

/** A collection of endpoints: an app's, or the operator's. */
export type EndpointPlace = {
  readonly path: string;
  readonly tag: string;
  /** The noun for an endpoint in the ids of calls. */
  readonly of: string;
  /** Follows "an endpoint" in the documents. */
  readonly owner: "" | " of the operator";
  /** The app of the endpoints, for a caller who may manage them. */
  readonly findApp: Access<AppCall>;
  /** The endpoint of the path, for a caller who may change it. */
  readonly findEndpoint: Access<EndpointCall>;
  /** The endpoint of the path, for a caller who may read it. */
  readonly readEndpoint: Access<EndpointCall>;
  readonly createIn: TObject;
  readonly updateIn: TObject;
  readonly shown: TObject;
  readonly example: JsonValue & { readonly id: string };
  readonly exampleIn: { readonly [name: string]: JsonValue };
  readonly toShown: (endpoint: Endpoint) => object;
  /** Fields that only the call for one endpoint shows. */
  readonly loadMore: (context: OperationContext, call: EndpointCall) => Promise<object | undefined>;
};

export const ADDRESSES: readonly ErrorCode[] = ["invalid_url", "blocked_url"];
const paging = createPaging({ isCursor: byId.endpoint, order: "choose_newest" });

export function endpointCalls(
  place: EndpointPlace,
  texts: {
    readonly list: string;
    readonly listDescription?: string;
    readonly createDescription: string;
    readonly deleteDescription?: string;
    readonly creates?: true;
  },
): readonly Call[] {
  const { path, tag, of, owner, findApp, shown, example, exampleIn, toShown } = place;
  const all = { tag, path } as const;
  const one = { tag, path: `${path}/:endpoint` } as const;
  const made = answer("The endpoint was created.", shown, example);
  const found = answer("The endpoint.", shown, example);
  return [
    nativeCall({
      ...all,
      id: `list${of}s`,
      summary: texts.list,
      ...describe(texts.listDescription),
      method: "GET",
      access: findApp,
      query: paging.toQuery({}),
      answers: toPageAnswer("A page of endpoints.", `${of}s`, { schema: shown, example }),
      refusals: owner === "" ? READING : ["invalid_field"],
      async handle({ context, appRef, query, reply }) {
        const page = await listEndpoints(context, { ...paging.toPageRequest(query), appRef });
        return sendPage(reply, page, {
          id: (endpoint) => endpoint.endpointId,
          text: (endpoint) => JSON.stringify(toShown(endpoint)),
        });
      },
    }),
    nativeCall({
      ...all,
      id: `create${of}`,
      summary: `Create an endpoint${owner}`,
      description: texts.createDescription,
      method: "POST",
      access: findApp,
      idempotent: true,
      ...(texts.creates === undefined ? undefined : { creates: texts.creates }),
      body: place.createIn,
      example: { body: { ...exampleIn, uid: owner === "" ? "billing" : "alerts" } },
      answers: { 201: made },
      refusals: [...MAKING, ...ADDRESSES],
      async handle({ context, appRef, body, idempotencyKey }) {
        const { headers = {}, secret, ...given } = body as Static<typeof endpointIn>;
        const fields = toEndpointFields(given);
        const checked = secret === undefined ? null : checkSigningSecret(secret, ["secret"]);
        const key = idempotencyKey();
        return toShown(await make(context, { appRef, fields, headers, secret: checked, key }));
      },
    }),
    nativeCall({
      ...one,
      id: `get${of}`,
      summary: `Get an endpoint${owner}`,
      method: "GET",
      access: place.readEndpoint,
      answers: { 200: found },
      refusals: READING,
      async handle(call) {
        return { ...toShown(call.endpoint), ...(await place.loadMore(call.context, call)) };
      },
    }),
    nativeCall({
      ...one,
      id: `put${of}`,
      summary: `Replace an endpoint${owner}, or create it`,
      description: "An omitted field takes its default; the secret and the headers stay.",
      method: "PUT",
      access: findApp,
      body: place.updateIn,
      example: { body: exampleIn },
      answers: { 200: found, 201: made },
      refusals: [...CHANGING, ...ADDRESSES],
      async handle({ context, appRef, params: { endpoint: ref }, body, reply }) {
        const fields = toEndpointFields(body as Static<typeof endpointIn>);
        const { value, created } = await replace(context, { appRef, ref, fields });
        reply.code(created ? 201 : 200);
        return toShown(value);
      },
    }),
    nativeCall({
      ...one,
      id: `delete${of}`,
      summary: `Delete an endpoint${owner}`,
      ...describe(texts.deleteDescription),
      method: "DELETE",
      access: place.findEndpoint,
      answers: NOTHING,
      refusals: DELETING,
      async handle({ context, appRef, endpoint }) {
        await deleteEndpoint(context, { appRef, ref: endpoint.endpointId, dialect: "svix" });
      },
    }),
  ];
}

function describe(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description };
}

function replace(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string; readonly fields: EndpointFields },
): Promise<{ readonly value: Endpoint; readonly created: boolean }> {
  const { appRef, ref, fields } = p;
  return upsertResource<Endpoint>({
    find: () => findEndpoint(context, { appRef, ref }),
    async create() {
      if (byId.endpoint(ref)) throw unknownEndpoint(ref);
      const uid = newUid(fields.uid ?? null, { name: "endpoint", ref, prefix: "ep_" });
      const nothing = { headers: {}, secret: null, key: null };
      return make(context, { appRef, fields: { ...fields, uid }, ...nothing });
    },
    async update(before) {
      refuseForeign(before);
      // A put under a uid, without a uid in the body, keeps the uid. Otherwise the next put would create
      // another endpoint.
      const uid = fields.uid ?? (ref === before.uid ? ref : null);
      return updateEndpoint(context, {
        appRef,
        ref: before.endpointId,
        dialect: "svix",
        fields: { ...ENDPOINT_DEFAULTS, ...fields, uid },
      });
    },
  });
}

function make(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly fields: EndpointFields;
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
    readonly key: IdempotencyKey | null;
  },
): Promise<Endpoint> {
  const { appRef, key: idempotencyKey, headers } = p;
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
