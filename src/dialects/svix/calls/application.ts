/** Applications, Svix's word for an app. Only the operator creates, changes and lists them. */
import Type from "typebox";
import { refuseField } from "../../../core/error.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import { isId } from "../../../core/ids/ids.ts";
import { createApp } from "../../../operations/apps/create-app.ts";
import { deleteApp } from "../../../operations/apps/delete-app.ts";
import { findApp, getApp, listApps, readActivities } from "../../../operations/apps/read-apps.ts";
import { updateApp } from "../../../operations/apps/update-app.ts";
import type { App, OperationContext } from "../../../operations/context.ts";
import { unknownApp } from "../../../operations/keys/authenticate-caller.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller, asOperator } from "../caller.ts";
import {
  answer,
  CHANGING,
  DELETING,
  flag,
  MAKING,
  NOTHING,
  READING,
  toPageAnswer,
} from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { byId, sendList, toIterators } from "./paging.ts";
import {
  activityOut,
  application,
  applicationIn,
  applicationOut,
  applicationPatch,
  EXAMPLE,
  EXAMPLE_IN,
  activeApplication,
  toNewApp,
} from "./application-model.ts";
import { newUid } from "./model-rules.ts";

const made = answer("The application was created.", application, EXAMPLE);
const found = answer("The application.", application, EXAMPLE);

const withActivity = {
  with_activity: Type.Optional(
    flag("Adds the work of each application in numbers (default: false)."),
  ),
};
const paging = createPaging({ isCursor: byId.app, order: "choose_oldest" });
const all = { tag: "Application", path: "/api/v1/app" } as const;
const one = { ...all, path: `${all.path}/:app` } as const;

export const APPLICATION_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listApplications",
    configuration: true,
    portal: null,
    operator: "viewer",
    summary: "List applications",
    method: "GET",
    access: asOperator,
    query: paging.toQuery({
      q: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          description:
            "Selects applications whose name or uid begins so, in any case of ASCII letters. The order is then that of names.",
        }),
      ),
      ...withActivity,
      exclude_apps_with_no_endpoints: Type.Optional(
        flag("Returns only applications that have an endpoint."),
      ),
      // Hookline has no Svix Play endpoints, so excluding their apps excludes none.
      exclude_apps_with_svix_play_endpoints: Type.Optional(
        flag("Has no effect: Hookline has no Svix Play endpoints."),
      ),
      exclude_apps_with_disabled_endpoints: Type.Optional(
        flag(
          "Leaves out applications that have only disabled endpoints, and keeps those without an endpoint.",
        ),
      ),
    }),
    example: { query: { limit: 50 } },
    answers: toPageAnswer("A page of applications.", "Applications", {
      schema: activeApplication,
      example: EXAMPLE,
    }),
    refusals: ["invalid_field"],
    async handle({ context, query, reply }) {
      const window = paging.toPageRequest(query);
      const page = await listApps(context, {
        ...window,
        beginning: query.q ?? null,
        excludeEmpty: query.exclude_apps_with_no_endpoints ?? false,
        excludeDisabled: query.exclude_apps_with_disabled_endpoints ?? false,
      });
      const shown = await toShown(context, page.items, query);
      const texts = shown.map((app) => JSON.stringify(app));
      const iterators = toIterators(page, window, ({ id }) => id);
      return sendList(reply, 200, { texts, more: { ...iterators, done: page.done } });
    },
  }),
  defineCall({
    ...all,
    id: "createApplication",
    portal: null,
    operator: "operator",
    summary: "Create an application",
    description:
      "An application is a tenant. Every event, endpoint, line and key belongs to one application.",
    method: "POST",
    access: asOperator,
    idempotent: true,
    query: Type.Object({
      get_if_exists: Type.Optional(
        flag("If the uid exists, returns that application instead of a conflict."),
      ),
    }),
    body: applicationIn,
    example: { query: { get_if_exists: true }, body: EXAMPLE_IN },
    answers: {
      200: answer("An application with the uid exists already.", application, EXAMPLE),
      201: made,
    },
    refusals: MAKING.filter((code) => code !== "not_found"),
    async handle({ context, query, body: given, reply, idempotencyKey }) {
      const { app, created } = await createApp(context, {
        fields: toNewApp(given),
        getIfExists: query.get_if_exists ?? false,
        idempotencyKey: idempotencyKey(),
      });
      reply.code(created ? 201 : 200);
      return applicationOut(app);
    },
  }),
  defineCall({
    ...one,
    id: "getApplication",
    configuration: true,
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get an application",
    method: "GET",
    access: asAppCaller("manage", "publish"),
    query: Type.Object(withActivity),
    answers: { 200: answer("The application.", activeApplication, EXAMPLE) },
    refusals: READING,
    async handle({ context, appRef, query }) {
      const [shown] = await toShown(context, [await getApp(context, appRef)], query);
      return shown;
    },
  }),
  defineCall({
    ...one,
    id: "putApplication",
    portal: null,
    operator: "operator",
    summary: "Replace an application, or create it",
    description: "An omitted field takes its default, if it has one.",
    method: "PUT",
    access: asOperator,
    body: applicationIn,
    example: { body: EXAMPLE_IN },
    answers: { 200: found, 201: made },
    refusals: CHANGING,
    async handle({ context, params: { app: ref }, body: given, reply }) {
      const { test, ...fields } = toNewApp(given);
      const { value: app, created } = await upsertResource<App>({
        find: () => findApp(context, ref),
        async create() {
          if (isAppId(ref)) throw unknownApp(ref);
          const uid = newUid(fields.uid, { name: "app", ref, prefix: "app_" });
          const made = {
            fields: { ...fields, uid, test },
            getIfExists: false,
            idempotencyKey: null,
          };
          return (await createApp(context, made)).app;
        },
        async update(before) {
          if (test && !before.test) {
            const message =
              "must be false or omitted: an existing application cannot become a test application";
            throw refuseField("invalid_field", ["test"], message);
          }
          // A put under a uid, without a uid in the body, keeps the uid. Otherwise the next put would create
          // another app.
          const uid = fields.uid ?? (ref === before.uid ? ref : null);
          return await updateApp(context, { ref: before.id, change: { ...fields, uid } });
        },
      });
      reply.code(created ? 201 : 200);
      return applicationOut(app);
    },
  }),
  defineCall({
    ...one,
    id: "patchApplication",
    portal: null,
    operator: "operator",
    summary: "Change an application",
    method: "PATCH",
    access: asOperator,
    body: applicationPatch,
    example: { body: { throttleRate: 50 } },
    answers: { 200: found },
    refusals: CHANGING,
    async handle({ context, params: { app: ref }, body: change }) {
      return applicationOut(await updateApp(context, { ref, change }));
    },
  }),
  defineCall({
    ...one,
    id: "deleteApplication",
    portal: null,
    operator: "admin",
    summary: "Delete an application",
    description: "Deletes its endpoints too, and erases the contents of its messages.",
    method: "DELETE",
    access: asOperator,
    answers: NOTHING,
    refusals: DELETING,
    handle: ({ context, params }) => deleteApp(context, params.app),
  }),
];

async function toShown(
  context: OperationContext,
  apps: readonly App[],
  query: { readonly with_activity?: boolean },
): Promise<readonly object[]> {
  if (query.with_activity !== true) return apps.map(applicationOut);
  const activities = await readActivities(context, apps);
  return apps.map((app) => {
    const activity = activities.get(app.id);
    const more = activity === undefined ? undefined : { activity: activityOut(activity) };
    return { ...applicationOut(app), ...more };
  });
}

function isAppId(text: string): boolean {
  return isId(text, "app_") || isId(text, "app_test_") || text === OPERATOR_APP_ID;
}
