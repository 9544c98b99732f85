/** Changes an app. */
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { App } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";
import type { NewApp } from "./create-app.ts";

/** Changes the given fields. Refuses with `not_found`, and with `conflict` the uid of another app. */
export async function updateApp(
  context: OperationContext,
  p: { readonly ref: string; readonly change: Partial<Omit<NewApp, "test">> },
): Promise<App> {
  const app = await context.store.apps.update({ ...p, now: context.now() });
  if (app === null) throw unknownApp(p.ref);
  return app;
}
