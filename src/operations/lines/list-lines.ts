/** Lists the registered lines of an app. */
import { getApp } from "../apps/read-apps.ts";
import type { RegisteredLine } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

/** Refuses with `not_found` an unknown app. */
export async function listLines(
  context: OperationContext,
  appRef: string,
): Promise<readonly RegisteredLine[]> {
  await getApp(context, appRef);
  return await context.store.lines.list({ appRef });
}
