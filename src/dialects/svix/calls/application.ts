/** Applications, Svix's word for an app. Only the operator creates, changes and lists them. */
import type { FastifyInstance } from "fastify";
import { isId } from "../../../core/ids/ids.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import { unknownApp } from "../../../operations/keys/authenticate-caller.ts";
import type { App, OperationContext } from "../../../operations/context.ts";
import { findApp, getApp, listApps } from "../../../operations/apps/read-apps.ts";
import { updateApp } from "../../../operations/apps/update-app.ts";
import { deleteApp } from "../../../operations/apps/delete-app.ts";
import { createApp } from "../../../operations/apps/create-app.ts";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import { jsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import type { FieldReader } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadAppCall, loadOperator, param } from "../caller.ts";
import {
  chosenInPath,
  metadataField,
  rateField,
  signatureHeadersField,
  uidField,
  uidRules,
} from "./model-rules.ts";
import { byId, isoTime, readWindow, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";
import { refuseField } from "../../../core/error.ts";

export const NAME = { min: 1, max: 256 } as const;

/** `test` creates a test app. It can never be changed. */
export function newAppFields(fields: FieldReader): NewApp {
  const name = fields.require("name") ? fields.text("name", NAME) : "";
  return {
    name: name ?? "",
    uid: uidField(fields, "app_") ?? null,
    throttleRate: rateField(fields) ?? null,
    signatureHeaders: signatureHeadersField(fields) ?? null,
    metadata: metadataField(fields) ?? {},
    test: fields.flag("test") ?? false,
  };
}

function applicationOut(app: App): object {
  const { id, uid, name, throttleRate, metadata, createdAt, updatedAt, test } = app;
  const { signatureHeaders } = app;
  return {
    uid,
    name,
    throttleRate,
    rateLimit: throttleRate,
    id,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
    metadata,
    ...(test ? { test } : undefined),
    ...(signatureHeaders === null ? undefined : { signatureHeaders }),
  };
}

export function mountApplications(scope: FastifyInstance, context: OperationContext): void {
  scope.get("/api/v1/app", async (request, reply) => {
    await loadOperator(context, request);
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.app, order: "choose_oldest" });
    const excludeEmpty = query.flag("exclude_apps_with_no_endpoints") ?? false;
    // Hookline has no Svix Play endpoints, so excluding their apps excludes none.
    query.flag("exclude_apps_with_svix_play_endpoints");
    if (query.flag("exclude_apps_with_disabled_endpoints") === true) {
      query.refuse(
        "exclude_apps_with_disabled_endpoints",
        "must be false or omitted: this filter is not supported",
      );
    }
    query.finish();
    const page = await listApps(context, { ...window, excludeEmpty });
    return sendPage(reply, page, {
      id: (app) => app.id,
      text: (app) => JSON.stringify(applicationOut(app)),
    });
  });

  scope.post("/api/v1/app", async (request, reply) => {
    const caller = await loadOperator(context, request);
    const query = readQuery(request);
    const getIfExists = query.flag("get_if_exists") ?? false;
    query.finish();
    const reader = readFields(jsonBody(request).value);
    const fields = newAppFields(reader);
    reader.finish();
    const idempotencyKey = readIdempotencyKey(request, caller, context);
    const { app, created } = await createApp(context, { fields, getIfExists, idempotencyKey });
    return reply.code(created ? 201 : 200).send(applicationOut(app));
  });

  scope.get("/api/v1/app/:app", async (request) => {
    const { appRef } = await loadAppCall(context, request, "manage", "publish");
    readQuery(request).finish();
    return applicationOut(await getApp(context, appRef));
  });

  scope.put("/api/v1/app/:app", async (request, reply) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const ref = param(request, "app");
    const reader = readFields(jsonBody(request).value);
    const { test, ...fields } = newAppFields(reader);
    reader.finish();
    const { value: app, created } = await upsertResource<App>({
      find: () => findApp(context, ref),
      async create() {
        if (isAppId(ref)) throw unknownApp(ref);
        const uid = newUid(fields.uid, { name: "app", ref, prefix: "app_" });
        const made = { fields: { ...fields, uid, test }, getIfExists: false, idempotencyKey: null };
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
    return reply.code(created ? 201 : 200).send(applicationOut(app));
  });

  scope.patch("/api/v1/app/:app", async (request) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    const ref = param(request, "app");
    const reader = readFields(jsonBody(request).value);
    reader.requireNotNull("name", "metadata");
    const name = reader.text("name", NAME);
    const uid = uidField(reader, "app_");
    const throttleRate = rateField(reader);
    const signatureHeaders = signatureHeadersField(reader);
    const metadata = metadataField(reader);
    reader.finish();
    const app = await updateApp(context, {
      ref,
      change: {
        ...(typeof name === "string" ? { name } : undefined),
        ...(uid === undefined ? undefined : { uid }),
        ...(throttleRate === undefined ? undefined : { throttleRate }),
        ...(signatureHeaders === undefined ? undefined : { signatureHeaders }),
        ...(metadata === undefined ? undefined : { metadata }),
      },
    });
    return applicationOut(app);
  });

  scope.delete("/api/v1/app/:app", async (request, reply) => {
    await loadOperator(context, request);
    readQuery(request).finish();
    await deleteApp(context, param(request, "app"));
    return reply.code(204).send();
  });
}

function isAppId(text: string): boolean {
  return isId(text, "app_") || isId(text, "app_test_") || text === OPERATOR_APP_ID;
}

/**
 * The uid of the object that a put creates under an unknown reference: the reference, so that the same put
 * finds the object later. `name` is the parameter of the path.
 */
export function newUid(
  uid: string | null,
  { name, ref, prefix }: { readonly name: string; readonly ref: string; readonly prefix: string },
): string {
  chosenInPath(name, ref, uidRules(prefix));
  if (uid !== null && uid !== ref) {
    throw refuseField(
      "invalid_field",
      ["uid"],
      `must be "${ref}", as in the path, when the object is created`,
    );
  }
  return ref;
}
