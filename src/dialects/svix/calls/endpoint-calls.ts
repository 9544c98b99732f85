/**
 * The calls on a collection of endpoints, an app's or the operator's: create, list, show, replace, delete.
 */
import Type from "typebox";
import type { Static } from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import { checkSigningSecret } from "../../../operations/endpoints/check-endpoint.ts";
import { listEndpoints } from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import {
  answer,
  DELETING,
  NOTHING,
  READING,
  toPageAnswer,
  MAKING,
  CHANGING,
} from "./document-fields.ts";
import { toEndpointFields, type endpointIn } from "./endpoint-model.ts";
import { createPaging } from "./list-query.ts";
import { byId, sendPage } from "./paging.ts";
import type { EndpointPlace } from "./endpoint-place.ts";
import { makeEndpoint, replaceEndpoint } from "./endpoint-upsert.ts";

export const ENDPOINT_FIELDS: readonly ErrorCode[] = [
  "invalid_url",
  "blocked_url",
  "limit_reached",
];
/** The operator's endpoints take nulls for headers and secret. */
type Created = Omit<Static<typeof endpointIn>, "headers" | "secret"> & {
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly secret?: string | null;
};
const paging = createPaging({ isCursor: byId.endpoint, order: "choose_newest" });

export function createEndpointCalls(
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
    defineCall({
      ...all,
      id: `list${of}s`,
      configuration: true,
      portal: place.toPortal("ViewBase"),
      operator: "viewer",
      summary: texts.list,
      ...describe(texts.listDescription),
      method: "GET",
      access: findApp,
      query: paging.toQuery(place.listQuery),
      answers: toPageAnswer("A page of endpoints.", `${of}s`, { schema: shown, example }),
      refusals: owner === "" ? READING : ["invalid_field"],
      async handle({ context, appRef, query, reply }) {
        const page = await listEndpoints(context, { ...paging.toPageRequest(query), appRef });
        const more = await place.loadMoreOfList(context, page.items, query);
        return sendPage(reply, page, {
          id: ({ endpointId }) => endpointId,
          text: (endpoint) =>
            JSON.stringify({ ...toShown(endpoint), ...more.get(endpoint.endpointId) }),
        });
      },
    }),
    defineCall({
      ...all,
      id: `create${of}`,
      portal: place.toPortal("ManageEndpoint"),
      operator: "operator",
      summary: `Create an endpoint${owner}`,
      description: texts.createDescription,
      method: "POST",
      access: findApp,
      idempotent: true,
      ...(texts.creates === undefined ? undefined : { creates: texts.creates }),
      body: place.createIn,
      example: { body: { ...exampleIn, uid: owner === "" ? "billing" : "alerts" } },
      answers: { 201: made },
      refusals: [...MAKING, ...ENDPOINT_FIELDS],
      async handle({ context, appRef, body, idempotencyKey }) {
        const { headers, secret = null, ...given } = body as Created;
        const fields = toEndpointFields(given);
        const made = await makeEndpoint(context, {
          appRef,
          fields,
          headers: headers ?? {},
          secret: secret === null ? null : checkSigningSecret(secret, ["secret"]),
          idempotencyKey: idempotencyKey(),
        });
        return toShown(made);
      },
    }),
    defineCall({
      ...one,
      id: `get${of}`,
      configuration: true,
      portal: place.toPortal("ViewBase"),
      operator: "viewer",
      summary: `Get an endpoint${owner}`,
      method: "GET",
      access: place.readEndpoint,
      query: Type.Object(place.listQuery),
      answers: { 200: found },
      refusals: READING,
      async handle(call) {
        return { ...toShown(call.endpoint), ...(await place.loadMore(call.context, call)) };
      },
    }),
    defineCall({
      ...one,
      id: `put${of}`,
      portal: place.toPortal("ManageEndpoint"),
      operator: "operator",
      summary: `Replace an endpoint${owner}, or create it`,
      description: "An omitted field takes its default; the secret and the headers stay.",
      method: "PUT",
      access: findApp,
      body: place.updateIn,
      example: { body: exampleIn },
      answers: { 200: found, 201: made },
      refusals: [...CHANGING, ...ENDPOINT_FIELDS],
      async handle({ context, appRef, params: { endpoint: ref }, body, reply }) {
        const fields = toEndpointFields(body);
        const { value, created } = await replaceEndpoint(context, { appRef, ref, fields });
        reply.code(created ? 201 : 200);
        return toShown(value);
      },
    }),
    defineCall({
      ...one,
      id: `delete${of}`,
      portal: place.toPortal("ManageEndpoint"),
      operator: "operator",
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
