/** Making an app, alone or beside its first event. */
import { ID_PREFIXES } from "../core/ids.ts";
import type { App, IdempotencyKey, OperationContext } from "./context.ts";

export type NewApp = Pick<
  App,
  "uid" | "name" | "throttleRate" | "signatureHeaders" | "metadata" | "test"
>;

/** An app with an id of its own, not stored yet. A test app's id says so for ever. */
export function draftApp(context: OperationContext, fields: NewApp): App {
  const now = context.now();
  const id = context.ids.next(fields.test ? ID_PREFIXES.testApp : ID_PREFIXES.app);
  return { ...fields, id, createdAt: now, updatedAt: now };
}

/**
 * Refuses with `conflict` when another app has the uid; with `getIfExists` that app is the answer
 * instead. `created` is false then, and when the same request was made before.
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
