/**
 * Zipwhip's webhook API (documents 000 to 002): calls by GET or POST with parameters in the query or the
 * body, refusals, and webhooks of two generations. A line's session is the only credential. Paths may have
 * any letter case and repeated slashes, and are routed in lower case.
 */
import { mountCalls } from "../call.ts";
import type { Dialect, DialectSettings } from "../dialect.ts";
import { CALLS, DOCUMENT } from "./document.ts";
import { createSendError, errorAnswers } from "./errors.ts";
import { createRender } from "./webhooks/render.ts";

/**
 * All path prefixes that Zipwhip's published clients call. Only the first six have calls here. A call below
 * the others is refused in Zipwhip's format, because its clients read `success` in every answer.
 */
const PREFIXES = [
  "/user",
  "/webhook",
  "/message",
  "/messageattachment",
  "/hostedcontent",
  "/conversation",
  "/carbon",
  "/contact",
  "/device",
  "/face",
  "/group",
  "/messaging",
  "/password",
  "/presence",
  "/session",
  "/signal",
  "/signals",
  "/textline",
  "/tinyurl",
] as const;
const BELOW = new RegExp(`^(?:${PREFIXES.join("|")})(?:/|$)`, "i");

/** A base URL that ends in a slash makes clients call `//user/login`. */
function routedPath(path: string): string {
  const single = path.replace(/\/{2,}/g, "/");
  return BELOW.test(single) ? single.toLowerCase() : path;
}

export function createZipwhip(settings: DialectSettings): Dialect {
  const errors = errorAnswers(settings);
  return {
    name: "zipwhip",
    prefixes: PREFIXES,
    errors,
    sendError: createSendError(errors),
    render: createRender(settings),
    document: DOCUMENT,
    mount(scope, context) {
      const routed = CALLS.map((call) => ({ ...call, path: call.path.toLowerCase() }));
      mountCalls(scope, context, routed);
    },
    rewritePath: routedPath,
  };
}
