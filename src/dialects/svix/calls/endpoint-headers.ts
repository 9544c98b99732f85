/** The headers that every delivery to an endpoint has. */
import Type from "typebox";
import { isSensitiveHeader } from "../../../core/delivery/sensitive-headers.ts";
import { maySeeSecrets } from "../../../operations/keys/authenticate-caller.ts";
import { decryptHeaders } from "../../../operations/endpoints/encrypt-endpoint.ts";
import {
  patchEndpointHeaders,
  updateEndpoint,
} from "../../../operations/endpoints/update-endpoint.ts";
import { toMapSchema, refine } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { answer, body, CHANGING, DELETING, NOTHING, shown } from "./document-fields.ts";
import type { EndpointPlace } from "./endpoint-place.ts";
import {
  HEADER_NAME,
  headerMap,
  headerValue,
  MOST_HEADERS,
  removedHeaders,
} from "./endpoint-model.ts";

const headersIn = body("EndpointHeadersIn", { headers: headerMap });
/** Older clients remove a header by setting it to null. */
const headersPatch = body("EndpointHeadersPatch", {
  headers: refine(
    toMapSchema(
      { name: HEADER_NAME },
      Type.Union([headerValue, Type.Null()]),
      "Headers to set; null removes a header.",
    ),
    (headers) => toSet(headers).length <= MOST_HEADERS,
    `must set at most ${MOST_HEADERS} headers`,
  ),
  deleteHeaders: Type.Optional(removedHeaders),
});
const headersOut = shown("EndpointHeaders", {
  headers: Type.Record(Type.String(), Type.String()),
  sensitive: Type.Array(Type.String(), {
    description: "Names of headers whose values are not shown.",
  }),
});

export function createHeaderCalls({
  path,
  tag,
  of,
  findEndpoint,
  toPortal,
}: EndpointPlace): readonly Call[] {
  const shared = { tag, path: `${path}/:endpoint/headers`, access: findEndpoint } as const;
  return [
    defineCall({
      ...shared,
      id: `get${of}Headers`,
      portal: toPortal("ViewBase"),
      operator: "viewer",
      summary: "Get the headers of an endpoint",
      description: "A portal token needs `ViewEndpointSecret` to see values; others see the names.",
      method: "GET",
      answers: {
        200: answer("The headers of the endpoint.", headersOut, {
          headers: { "x-tenant": "blue-door" },
          sensitive: ["authorization"],
        }),
      },
      refusals: DELETING,
      async handle({ context, caller, endpoint }) {
        const entries = Object.entries(decryptHeaders(context, endpoint));
        const hidesAll = !maySeeSecrets(caller);
        const isHidden = ([name]: [string, string]) => hidesAll || isSensitiveHeader(name);
        return {
          headers: Object.fromEntries(entries.filter((entry) => !isHidden(entry))),
          sensitive: entries.filter(isHidden).map(([name]) => name),
        };
      },
    }),
    defineCall({
      ...shared,
      id: `put${of}Headers`,
      portal: toPortal("ManageEndpoint"),
      operator: "operator",
      summary: "Replace the headers of an endpoint",
      method: "PUT",
      body: headersIn,
      example: { body: { headers: { "x-tenant": "blue-door" } } },
      answers: NOTHING,
      refusals: [...CHANGING, "limit_reached"],
      async handle({ context, appRef, endpoint: { endpointId: ref }, body: { headers } }) {
        await updateEndpoint(context, { appRef, ref, dialect: "svix", fields: { headers } });
      },
    }),
    defineCall({
      ...shared,
      id: `patch${of}Headers`,
      portal: toPortal("ManageEndpoint"),
      operator: "operator",
      summary: "Change the headers of an endpoint",
      method: "PATCH",
      body: headersPatch,
      nulls: "absent",
      example: { body: { headers: { "x-tenant": "blue-door" }, deleteHeaders: ["x-old"] } },
      answers: NOTHING,
      refusals: [...CHANGING, "limit_reached"],
      async handle({ context, appRef, endpoint: { endpointId: ref }, body: given }) {
        const { headers, deleteHeaders = [] } = given;
        const removed = Object.keys(headers).filter((name) => headers[name] === null);
        await patchEndpointHeaders(context, {
          appRef,
          ref,
          dialect: "svix",
          headers: Object.fromEntries(toSet(headers)),
          deleteHeaders: [...deleteHeaders, ...removed],
        });
      },
    }),
  ];
}

function toSet(headers: Readonly<Record<string, string | null>>): [string, string][] {
  return Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null);
}
