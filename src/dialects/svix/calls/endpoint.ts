/** Endpoints of an app, with the calls that the operator's endpoints do not have. */
import { findOutlook } from "../../../operations/endpoints/read-endpoints.ts";
import { updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { answer, CHANGING, EXAMPLE_ENDPOINT } from "./document-fields.ts";
import { asManager, loadEndpoint, loadOwnEndpoint } from "./endpoint-access.ts";
import { ENDPOINT_FIELDS, createEndpointCalls } from "./endpoint-calls.ts";
import type { EndpointPlace } from "./endpoint-place.ts";
import { EXAMPLE_CALL } from "./endpoint-example.ts";
import { createHeaderCalls } from "./endpoint-headers.ts";
import { endpointIn, endpointPatch, endpointUpdate, toEndpointFields } from "./endpoint-model.ts";
import { endpoint, endpointOut, EXAMPLE, outlookOut } from "./endpoint-out.ts";
import { endpointWithHealth, loadHealths, WITH_HEALTH } from "./health-model.ts";
import { createSecretCalls } from "./endpoint-secret.ts";
import { ENDPOINT_STATS_CALLS } from "./endpoint-stats.ts";
import { ENDPOINT_TLS_CALLS } from "./endpoint-tls.ts";

const place: EndpointPlace = {
  path: "/api/v1/app/:app/endpoint",
  tag: "Endpoint",
  of: "Endpoint",
  owner: "",
  toPortal: (capability) => capability,
  findApp: asManager,
  findEndpoint: loadOwnEndpoint,
  readEndpoint: loadEndpoint,
  createIn: endpointIn,
  updateIn: endpointUpdate,
  shown: endpointWithHealth,
  example: EXAMPLE,
  exampleIn: { url: EXAMPLE.url, uid: EXAMPLE_ENDPOINT, eventTypes: EXAMPLE.eventTypes },
  toShown: endpointOut,
  async loadMore(context, { appRef, endpoint, query }) {
    const { endpointId: ref } = endpoint;
    return {
      ...outlookOut(await findOutlook(context, { appRef, ref })),
      ...(await loadHealths(context, [endpoint], query)).get(ref),
    };
  },
  listQuery: WITH_HEALTH,
  loadMoreOfList: loadHealths,
};

export const ENDPOINT_CALLS: readonly Call[] = [
  ...createEndpointCalls(place, {
    list: "List endpoints",
    listDescription:
      "Returns the endpoints of every API of the server; `hookline.dialect` names the API.",
    createDescription: "The endpoint receives every matching event published after the answer.",
    deleteDescription: "No attempt starts after the answer.",
    creates: true,
  }),
  defineCall({
    tag: place.tag,
    path: `${place.path}/:endpoint`,
    id: "patchEndpoint",
    portal: "ManageEndpoint",
    operator: "operator",
    summary: "Change an endpoint",
    method: "PATCH",
    access: loadOwnEndpoint,
    body: endpointPatch,
    example: { body: { description: "The CRM." } },
    answers: { 200: answer("The endpoint.", endpoint, EXAMPLE) },
    refusals: [...CHANGING, ...ENDPOINT_FIELDS],
    async handle({ context, appRef, endpoint: { endpointId: ref }, body }) {
      const fields = toEndpointFields(body);
      return endpointOut(await updateEndpoint(context, { appRef, ref, dialect: "svix", fields }));
    },
  }),
  ...createHeaderCalls(place),
  ...createSecretCalls(place),
  ...ENDPOINT_STATS_CALLS,
  EXAMPLE_CALL,
  ...ENDPOINT_TLS_CALLS,
];
