/** Reads apps. The operator's own app has separate paths and is in no list. */
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { App, AppListFilter } from "../../store/interface/tenancy.ts";
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
