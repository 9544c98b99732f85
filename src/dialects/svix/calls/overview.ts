/** The first screen of the dashboard. */
import Type from "typebox";
import { readOverview } from "../../../operations/overview/read-overview.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { answer, EXAMPLE_APP, flag, instant, nullable, shown } from "./document-fields.ts";
import { EXAMPLE_STARTED } from "./background-task.ts";
import { EXAMPLE_HEALTH, healthOut, healthShown } from "./health-model.ts";
import { EXAMPLE } from "./endpoint-out.ts";
import { isoTime } from "./paging.ts";

const milliseconds = nullable(Type.Integer());
const times = Type.Object({ p50: milliseconds, p95: milliseconds });

const overviewOut = shown("Overview", {
  at: instant("When it was read."),
  recent: Type.Object(
    {
      seconds: Type.Integer(),
      events: Type.Integer({ description: "Accepted." }),
      attempts: Type.Integer(),
      delivered: Type.Integer(),
      accept: times,
      wait: times,
      attempt: times,
      receipt: times,
    },
    { description: "The last minutes over all nodes. Times are in milliseconds." },
  ),
  attention: Type.Array(
    Type.Object({
      app: Type.Object({ id: Type.String(), uid: nullable(Type.String()), name: Type.String() }),
      id: Type.String(),
      url: Type.String(),
      description: Type.String(),
      health: healthOut,
    }),
    { description: "Endpoints that are not well, the worst first, at most 20." },
  ),
  hasMoreAttention: flag("Whether more endpoints are not well."),
  backlog: Type.Object({ pending: Type.Integer(), parked: Type.Integer() }),
  failedForGood: Type.Object(
    {
      count: Type.Integer({ description: "At least, unless `isExact`." }),
      isExact: flag("False beyond 10,000."),
      endpoints: Type.Integer(),
    },
    {
      description:
        "Deliveries that failed for good in the last 24 hours, counted every 10 seconds.",
    },
  ),
  tasks: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), done: Type.Integer() }), {
    description: "Running tasks, at most 20.",
  }),
  hasMoreTasks: Type.Boolean(),
  nodes: Type.Integer(),
  shards: Type.Object({ owned: Type.Integer(), all: Type.Integer() }),
  store: Type.Object({ kind: Type.Enum(["sqlite", "postgres"]), bytes: Type.Integer() }),
  version: Type.String(),
});
const exampleTimes = { p50: 31, p95: 210 };

export const OVERVIEW_CALLS: readonly Call[] = [
  defineCall({
    tag: "Statistics",
    id: "getOverview",
    summary: "Get the state of the server in one read",
    description: "It is read at most once a second, for any number of callers.",
    method: "GET",
    path: "/api/v1/overview",
    portal: null,
    operator: "viewer",
    access: asOperator,
    answers: {
      200: answer("The state.", overviewOut, {
        at: "2026-05-06T14:32:00.000Z",
        recent: {
          seconds: 300,
          events: 12_600,
          attempts: 13_000,
          delivered: 12_590,
          accept: { p50: 3, p95: 9 },
          wait: { p50: 2, p95: 9 },
          attempt: exampleTimes,
          receipt: exampleTimes,
        },
        attention: [
          {
            app: { id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1", uid: EXAMPLE_APP, name: "The Blue Door" },
            id: EXAMPLE.id,
            url: EXAMPLE.url,
            description: "",
            health: EXAMPLE_HEALTH,
          },
        ],
        hasMoreAttention: false,
        backlog: { pending: 15_929, parked: 3201 },
        failedForGood: { count: 1204, isExact: true, endpoints: 3 },
        tasks: [{ id: EXAMPLE_STARTED.id, kind: "recover", done: 420 }],
        hasMoreTasks: false,
        nodes: 2,
        shards: { owned: 256, all: 256 },
        store: { kind: "postgres", bytes: 4_402_341_478 },
        version: "0.1.0",
      }),
    },
    refusals: [],
    async handle({ context }) {
      const { at, recentMs, attention, tasks, ...overview } = await readOverview(context);
      const { events, attempts, delivered, accept, wait, attempt, receipt, ...rest } = overview;
      return {
        at: isoTime(at),
        recent: {
          seconds: recentMs / 1000,
          events,
          attempts,
          delivered,
          accept,
          wait,
          attempt,
          receipt,
        },
        attention: attention.map(({ endpoint, app, health }) => ({
          app,
          id: endpoint.endpointId,
          url: endpoint.url,
          description: endpoint.description,
          health: healthShown(endpoint, health),
        })),
        ...rest,
        tasks: tasks.map(({ id, kind, done }) => ({ id, kind, done })),
      };
    },
  }),
];
