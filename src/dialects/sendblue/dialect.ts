/**
 * Sendblue's webhook API (document 003): an account's webhooks are one set of lists by type, changed as a
 * whole. Its SDK works with this server as its base URL.
 */
import { authenticateFirst } from "../authenticate-first.ts";
import { mountCalls } from "../call.ts";
import type { Dialect } from "../dialect.ts";
import { DOCUMENT } from "./document.ts";
import { ERRORS, sendError } from "./errors.ts";
import { render } from "./webhooks/render.ts";
import { PATH } from "./webhooks/webhook-types.ts";
import { WEBHOOK_CALLS } from "./calls/webhooks.ts";
import { callerOfKey } from "./caller.ts";

/** The path that newer SDKs use for the same four calls. */
const SECOND_PATH = /^\/api\/v2\/account\/webhooks(?=\/?$)/;

export function createSendblue(): Dialect {
  return {
    name: "sendblue",
    // Sendblue has many other calls. Those without a route here are refused in its format.
    prefixes: ["/api", "/v3"],
    errors: ERRORS,
    sendError,
    render,
    document: DOCUMENT,
    mount(scope, context) {
      authenticateFirst(scope, (request) => callerOfKey(context, request));
      // Answers contain secrets in clear text, as the vendor's do.
      scope.addHook("onRequest", (_request, reply, done) => {
        reply.header("cache-control", "no-store");
        done();
      });
      mountCalls(scope, context, WEBHOOK_CALLS);
    },
    rewritePath: (path) => path.replace(SECOND_PATH, PATH),
  };
}
