/** Reads apps. The operator's own app has separate paths and is in no list. */
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { App, AppActivity, AppListFilter } from "../../store/interface/tenancy.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";

/** `ref` is an id or a uid. Null when no app has it. */
export async function findApp(context: OperationContext, ref: string): Promise<App | null> {
  return await context.store.apps.get({ ref });
}

/** Refuses with `not_found`. */
export async function getApp(context: OperationContext, ref: string): Promise<App> {
  const app = await findApp(context, ref);
  if (app === null) throw unknownApp(ref);
  return app;
}

export async function listApps(
  context: OperationContext,
  p: PageRequest & AppListFilter,
): Promise<Page<App>> {
  return await context.store.apps.list(p);
}

const DAY_MS = 86_400_000;

/** The work of these apps in the last day, by their ids. */
export async function readActivities(
  context: OperationContext,
  apps: readonly App[],
): Promise<ReadonlyMap<string, AppActivity>> {
  if (apps.length === 0) return new Map();
  const appIds = apps.map(({ id }) => id);
  const found = await context.store.apps.activity({ appIds, since: context.now() - DAY_MS });
  return new Map(found.map((activity) => [activity.appId, activity]));
}
