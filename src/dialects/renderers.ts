/**
 * The renderer of each dialect without its calls. A sender thread needs no others, and the schemas of all calls would
 * take most of its memory. To add a dialect, add a line here.
 */
import type { Dialect as DialectName } from "../core/snapshot.ts";
import type { Dialect, DialectSettings } from "./dialect.ts";
import { render as renderChirp } from "./chirp/webhooks/render.ts";
import { render as renderSendblue } from "./sendblue/webhooks/render.ts";
import { render as renderSvix } from "./svix/webhooks/render.ts";
import { createRender as createZipwhipRender } from "./zipwhip/webhooks/render.ts";

export function createRenderers(settings: DialectSettings): ReadonlyMap<string, Dialect["render"]> {
  return new Map(
    Object.entries({
      svix: renderSvix,
      zipwhip: createZipwhipRender(settings),
      sendblue: renderSendblue,
      chirp: renderChirp,
    } satisfies Record<DialectName, Dialect["render"]>),
  );
}
