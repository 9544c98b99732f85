/** Lists the keys of an app that are not revoked. */
import { getApp } from "../apps/read-apps.ts";
import type { Key } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

/** Refuses with `not_found` an unknown app. */
export async function listKeys(context: OperationContext, appRef: string): Promise<readonly Key[]> {
  await getApp(context, appRef);
  const keys = await context.store.keys.list({ appRef });
  return keys.filter(({ revokedAt }) => revokedAt === null);
}
