/** Applications, for the parts of this driver that are not steps yet. */
import { insertApp as insert } from "../../tenancy/apps.ts";
import type { App } from "../../interface/tenancy.ts";
import { runSteps } from "../session.ts";
import { toWriteSession } from "../write-session.ts";
import type { Tx } from "../types.ts";

export async function insertApp(tx: Tx, app: App): Promise<number> {
  return await runSteps(insert(toWriteSession(tx), app));
}
