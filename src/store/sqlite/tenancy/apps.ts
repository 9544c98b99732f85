/** Applications, for the parts of this driver that are not steps yet. */
import { insertApp as insert } from "../../tenancy/apps.ts";
import type { App } from "../../interface/tenancy.ts";
import { runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

export function insertApp(writer: Writer, app: App): number {
  return runNow(insert(writer.session, app));
}
