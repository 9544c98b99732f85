/** Statistics over all applications. Each call starts a background task, whose `data` has the result. */
import Type from "typebox";
import { collectEventTypes, countAppDeliveries } from "../../../operations/apps/statistics.ts";
import { instantIn } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { EXAMPLE_STARTED, startedOut, startedTask } from "./background-task.ts";
import { answer, body, MAKING, nullable, shown, texts } from "./document-fields.ts";
import { MOST_ITEMS } from "./paging.ts";

const APP_IDS = { min: 1, max: MOST_ITEMS, item: { min: 1, max: 256 } } as const;
const appUsageIn = body("AppUsageStatsIn", {
  since: instantIn("Start of the period."),
  until: instantIn("End of the period, exclusive."),
  appIds: Type.Optional(
    nullable(texts(APP_IDS, "Ids or uids of applications; null means every application.")),
  ),
});
const appUsageOut = shown("AppUsageStatsOut", {
  ...startedTask.properties,
  unresolvedAppIds: Type.Array(Type.String({ description: "Ids that no application has." })),
});

const common = { tag: "Statistics", access: asOperator } as const;

export const STATISTICS_CALLS: readonly Call[] = [
  defineCall({
    ...common,
    id: "aggregateAppStats",
    portal: null,
    operator: "operator",
    summary: "Count the deliveries of applications",
    description:
      "Starts a background task that counts the deliveries which were made in a period and are still stored. Without `appIds`, applications without a delivery are left out. Requires the admin token.",
    method: "POST",
    path: "/api/v1/stats/usage/app",
    idempotent: true,
    body: appUsageIn,
    example: { body: { since: "2026-05-01T00:00:00Z", until: "2026-06-01T00:00:00Z" } },
    answers: {
      202: answer("The task is started.", appUsageOut, {
        ...EXAMPLE_STARTED,
        task: "application.stats",
        unresolvedAppIds: [],
      }),
    },
    refusals: [...MAKING.filter((code) => code !== "not_found"), "rate_limited"],
    async handle({ context, body: { since, until, appIds = null }, idempotencyKey }) {
      const { job, unknown } = await countAppDeliveries(context, {
        since,
        until,
        appRefs: appIds,
        idempotencyKey: idempotencyKey(),
      });
      return { ...startedOut(job), unresolvedAppIds: unknown };
    },
  }),
  defineCall({
    ...common,
    id: "aggregateEventTypes",
    portal: null,
    operator: "operator",
    summary: "Collect the event types of applications",
    description:
      "Starts a background task that lists, for each application with endpoints of this API, the event types that they ask for. Requires the admin token.",
    method: "PUT",
    path: "/api/v1/stats/usage/event-types",
    answers: {
      202: answer("The task is started.", startedTask, {
        ...EXAMPLE_STARTED,
        task: "event-type.aggregate",
      }),
    },
    refusals: ["rate_limited"],
    handle: async ({ context }) => startedOut(await collectEventTypes(context)),
  }),
];
