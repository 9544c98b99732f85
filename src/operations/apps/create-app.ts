/** Creates an app, alone or beside its first event. */
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { App } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

export type NewApp = Pick<
  App,
  "uid" | "name" | "throttleRate" | "signatureHeaders" | "metadata" | "test"
>;

/** Builds an app with a new id, not stored yet. The id of a test app says so permanently. */
function draftApp(context: OperationContext, fields: NewApp): App {
  const now = context.now();
  const id = context.ids.next(fields.test ? ID_PREFIXES.testApp : ID_PREFIXES.app);
  return { ...fields, id, createdAt: now, updatedAt: now };
}

/** Creates the app of a reference unless it exists. The new app must have the reference as its uid. */
export async function ensureApp(
  context: OperationContext,
  ref: string,
  fields: NewApp,
): Promise<void> {
  const draft = await draftAppFor(context, ref, fields);
  if (draft !== null) await context.store.apps.getOrCreate({ app: draft, idempotencyKey: null });
}

/** The app to create with another resource. Null when the reference is of an app, and the fields are ignored. */
export async function draftAppFor(
  context: OperationContext,
  ref: string,
  fields: NewApp,
): Promise<App | null> {
  if (fields.uid === ref) return draftApp(context, fields);
  if ((await context.store.apps.get({ ref })) !== null) return null;
  throw refuseField(
    "invalid_field",
    ["application", "uid"],
    "must equal the reference in the path, because this call creates the application",
  );
}

/**
 * Refuses with `conflict` when another app has the uid. With `getIfExists` that app is returned instead.
 * `created` is false then, and when the same request was made before.
 */
export async function createApp(
  context: OperationContext,
  p: { fields: NewApp; getIfExists: boolean; idempotencyKey: IdempotencyKey | null },
): Promise<{ readonly app: App; readonly created: boolean }> {
  const app = draftApp(context, p.fields);
  if (p.getIfExists)
    return context.store.apps.getOrCreate({ app, idempotencyKey: p.idempotencyKey });
  const done = await context.store.apps.create({ app, idempotencyKey: p.idempotencyKey });
  return { app: done.value, created: true };
}
