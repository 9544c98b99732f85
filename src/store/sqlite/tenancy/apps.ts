/** Applications, for the parts of this driver that are not steps yet. */
import { insertApp as insert } from "../../tenancy/apps.ts";
import { type AppRow, findApp as find } from "../../tenancy/app-row.ts";
import type { App } from "../../interface/tenancy.ts";
import type { Connection } from "../connection.ts";
import { readSession, runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

export type { AppRow } from "../../tenancy/app-row.ts";

export function findApp(connection: Pick<Connection, "sql">, ref: string): AppRow | null {
  return runNow(find(readSession(connection), ref));
}

export function insertApp(writer: Writer, app: App): number {
  return runNow(insert(writer.session, app));
}
