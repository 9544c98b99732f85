/** Applications, for the parts of this driver that are not steps yet. */
import { insertApp as insert } from "../../tenancy/apps.ts";
import { type AppRow, findApp as find } from "../../tenancy/app-row.ts";
import type { App } from "../../interface/tenancy.ts";
import type { Connection } from "../connection.ts";
import { runSteps, toSession } from "../session.ts";
import { toWriteSession } from "../write-session.ts";
import type { Tx } from "../types.ts";

export type { AppRow } from "../../tenancy/app-row.ts";

export async function findApp(connection: Connection, ref: string): Promise<AppRow | null> {
  return await runSteps(find(toSession(connection), ref));
}

export async function insertApp(tx: Tx, app: App): Promise<number> {
  return await runSteps(insert(toWriteSession(tx), app));
}
