/** Statistics of an endpoint in any dialect. */
import Type from "typebox";
import { countAttempts, countDeliveries } from "../../../operations/endpoints/read-endpoints.ts";
import { instantIn } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { answer, READING, shown } from "./document-fields.ts";
import { loadEndpoint } from "./endpoint-access.ts";

const stats = shown("EndpointStats", {
  success: Type.Integer(),
  pending: Type.Integer(),
  sending: Type.Integer(),
  fail: Type.Integer({ description: "As on Svix's server, with those that will be tried again." }),
  retrying: Type.Integer({ description: "Failed so far, with an attempt to come." }),
  canceled: Type.Integer(),
});
const attemptStats = shown("EndpointAttemptStats", {
  success: Type.Integer(),
  fail: Type.Integer(),
  canceled: Type.Integer({
    description: "Always 0: an attempt that has started is always completed.",
  }),
});

const PATH = "/api/v1/app/:app/endpoint/:endpoint";
const shared = { tag: "Endpoint", method: "GET", access: loadEndpoint, refusals: READING } as const;

export const ENDPOINT_STATS_CALLS: readonly Call[] = [
  defineCall({
    ...shared,
    id: "getEndpointStats",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Count the deliveries of an endpoint",
    path: `${PATH}/stats`,
    query: Type.Object({
      since: Type.Optional(
        instantIn("Counts only deliveries of messages accepted at or after this time."),
      ),
      until: Type.Optional(
        instantIn("Counts only deliveries of messages accepted before this time."),
      ),
    }),
    answers: {
      200: answer("The number of deliveries in each state.", stats, {
        success: 41,
        pending: 1,
        sending: 0,
        fail: 2,
        retrying: 1,
        canceled: 0,
      }),
    },
    async handle({ context, appRef, endpoint, query: { since = null, until = null } }) {
      const range = { appRef, ref: endpoint.endpointId, since, until };
      const stats = await countDeliveries(context, range);
      return { ...stats, fail: stats.fail + stats.retrying };
    },
  }),
  defineCall({
    ...shared,
    id: "getEndpointAttemptStats",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Count the attempts of an endpoint",
    path: `${PATH}/attempt-stats`,
    query: Type.Object({
      since: Type.Optional(instantIn("Counts only attempts at or after this time.")),
      until: Type.Optional(instantIn("Counts only attempts before this time.")),
    }),
    answers: {
      200: answer("The number of attempts with each outcome.", attemptStats, {
        success: 41,
        fail: 7,
        canceled: 0,
      }),
    },
    async handle({ context, appRef, endpoint, query: { since = null, until = null } }) {
      const range = { appRef, ref: endpoint.endpointId, since, until };
      const counts = await countAttempts(context, range);
      // An attempt that has started is completed and recorded. None is ever cancelled.
      return { ...counts, canceled: 0 };
    },
  }),
];
