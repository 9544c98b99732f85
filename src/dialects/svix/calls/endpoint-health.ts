/** The health of endpoints: lists with the worst first, changes of the status, and the check of a URL. */
import Type from "typebox";
import { HEALTH_STATES, type OperationContext } from "../../../operations/context.ts";
import { changeStatus, listByHealth } from "../../../operations/endpoints/endpoint-health.ts";
import type { StatusChange } from "../../../operations/endpoints/endpoint-health.ts";
import { checkUrlOf } from "../../../operations/endpoints/check-url.ts";
import { getApp } from "../../../operations/apps/read-apps.ts";
import type { Call } from "../../call.ts";
import { refine } from "../../request-schema.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import {
  answer,
  body,
  EXAMPLE_APP,
  flag,
  nullable,
  PAGE,
  READING,
  shown,
  toListSchema,
} from "./document-fields.ts";
import { asManager, loadEndpoint } from "./endpoint-access.ts";
import { endpointOut, EXAMPLE } from "./endpoint-out.ts";
import {
  endpointWithHealth,
  EXAMPLE_HEALTH,
  healthOut,
  healthShown,
  loadHealths,
} from "./health-model.ts";
import { byId } from "./paging.ts";

const itemOut = shown("EndpointOfApplication", {
  ...endpointWithHealth.properties,
  health: healthOut,
  app: Type.Object({ id: Type.String(), uid: nullable(Type.String()), name: Type.String() }),
});
const EXAMPLE_ITEM = {
  ...EXAMPLE,
  health: EXAMPLE_HEALTH,
  app: { id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1", uid: EXAMPLE_APP, name: "The Blue Door" },
};
const DIALECTS = ["svix", "zipwhip", "sendblue", "chirp"] as const;
const DEFAULT_LIMIT = 50;

const query = Type.Object({
  limit: PAGE.limit,
  iterator: Type.Optional(
    refine(
      Type.String({ description: "The `iterator` of the previous page." }),
      (text: string) => /^[0-6]_/.test(text) && byId.endpoint(text.slice(2)),
      "must be the iterator of a previous page of this list",
    ),
  ),
  health: Type.Optional(
    Type.Enum([...HEALTH_STATES, "unhealthy"], {
      description: "Lists one state; `unhealthy` lists all but `ok`, `paused` and `disabled`.",
    }),
  ),
  dialect: Type.Optional(Type.Enum([...DIALECTS], { description: "Lists endpoints of one API." })),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: "A part of the URL or description, or the whole id or uid. Case is ignored.",
    }),
  ),
});
type Listing = Type.Static<typeof query>;

const listed = {
  200: answer(
    "A page of endpoints, the worst first. A page may be short before the last one.",
    toListSchema(itemOut, "EndpointsByHealth"),
    { data: [EXAMPLE_ITEM], iterator: `0_${EXAMPLE.id}`, prevIterator: null, done: false },
  ),
};

async function list(context: OperationContext, appRef: string | null, p: Listing): Promise<object> {
  const { limit = DEFAULT_LIMIT, iterator = null, health, dialect = null, q = null } = p;
  const { items, next } = await listByHealth(context, {
    appRef,
    states: toStates(health),
    dialect,
    text: q,
    after: iterator,
    limit,
  });
  const data = items.map((item) => ({
    ...endpointOut(item.endpoint),
    app: item.app,
    health: healthShown(item.endpoint, item.health),
  }));
  return { data, iterator: next, prevIterator: null, done: next === null };
}

function toStates(health: Listing["health"]) {
  if (health === undefined) return null;
  if (health !== "unhealthy") return [health];
  return HEALTH_STATES.filter((state) => !["ok", "paused", "disabled"].includes(state));
}

const STATUS_CHANGES = {
  pause: {
    summary: "Pause an endpoint",
    description:
      "New deliveries are made and wait, as do those that are pending. No attempt starts after the answer.",
  },
  resume: {
    summary: "Resume a paused endpoint",
    description:
      "The waiting deliveries are due again. Paused time does not count for their retries.",
  },
  enable: {
    summary: "Enable a disabled endpoint",
    description:
      "Pending deliveries are due again. Messages that were accepted meanwhile have none: replay-missing makes them.",
  },
} as const satisfies Record<StatusChange, object>;

const statusCalls = Object.entries(STATUS_CHANGES).map(([name, texts]) =>
  defineCall({
    ...texts,
    id: `${name}Endpoint`,
    tag: "Endpoint",
    method: "POST",
    portal: "ManageEndpoint",
    operator: "operator",
    path: `/api/v1/app/:app/endpoint/:endpoint/${name}`,
    access: loadEndpoint,
    answers: {
      200: answer("The endpoint, of any API.", endpointWithHealth, {
        ...EXAMPLE,
        health: EXAMPLE_HEALTH,
      }),
    },
    refusals: [...READING, "conflict"],
    async handle({ context, appRef, endpoint: { endpointId: ref } }) {
      const change = name as StatusChange;
      const changed = await changeStatus(context, { appRef, ref, dialect: null, change });
      return {
        ...endpointOut(changed),
        ...(await loadHealths(context, [changed], { with_health: true })).get(ref),
      };
    },
  }),
);

export const ENDPOINT_HEALTH_CALLS: readonly Call[] = [
  defineCall({
    tag: "Endpoint",
    id: "listAllEndpoints",
    summary: "List the endpoints of all applications, the worst first",
    method: "GET",
    portal: null,
    operator: "viewer",
    path: "/api/v1/endpoint",
    access: asOperator,
    query,
    answers: listed,
    refusals: ["invalid_field"],
    handle: async ({ context, query: given }) => await list(context, null, given),
  }),
  defineCall({
    tag: "Endpoint",
    id: "listEndpointHealth",
    summary: "List the endpoints of an application, the worst first",
    method: "GET",
    portal: "ViewBase",
    operator: "viewer",
    path: "/api/v1/app/:app/endpoint-health",
    access: asManager,
    query,
    answers: listed,
    refusals: READING,
    handle: async ({ context, appRef, query: given }) => await list(context, appRef, given),
  }),
  ...statusCalls,
  defineCall({
    tag: "Endpoint",
    id: "checkEndpointUrl",
    summary: "Check a URL before it becomes an endpoint",
    description:
      "Resolves the name, connects and opens TLS, as an attempt would, and sends nothing. An application may do so 10 times a minute.",
    method: "POST",
    portal: "ManageEndpoint",
    operator: "operator",
    path: "/api/v1/app/:app/endpoint/check",
    access: asManager,
    body: body("CheckUrlIn", { url: Type.String({ minLength: 1, maxLength: 2048 }) }),
    example: { body: { url: EXAMPLE.url } },
    answers: {
      200: answer(
        "The result.",
        shown("CheckedUrl", {
          allowed: flag("Whether an endpoint may have this URL."),
          reachable: flag("Whether a connection could be opened."),
          reason: nullable(Type.String({ description: "As in the log of attempts." })),
          problem: nullable(Type.String({ description: "A sentence; null when it is reachable." })),
        }),
        { allowed: true, reachable: true, reason: null, problem: null },
      ),
    },
    refusals: [...READING, "unknown_field", "rate_limited"],
    async handle({ context, appRef, body: { url } }) {
      const { id: appId } = await getApp(context, appRef);
      const { isAllowed, isReachable, reason, problem } = await checkUrlOf(context, { appId, url });
      return { allowed: isAllowed, reachable: isReachable, reason, problem };
    },
  }),
];
