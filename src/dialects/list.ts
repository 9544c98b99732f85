/** Every dialect. To add one, create a folder beside this file and add a line here. */
import type { Dialect as DialectName } from "../core/snapshot.ts";
import type { Dialect, DialectSettings } from "./dialect.ts";
import { createChirp } from "./chirp/dialect.ts";
import { createSendblue } from "./sendblue/dialect.ts";
import { createSvix } from "./svix/dialect.ts";
import { createZipwhip } from "./zipwhip/dialect.ts";

export function createDialects(settings: DialectSettings): readonly Dialect[] {
  return Object.values({
    svix: createSvix(),
    zipwhip: createZipwhip(settings),
    sendblue: createSendblue(),
    chirp: createChirp(),
  } satisfies Record<DialectName, Dialect>);
}
