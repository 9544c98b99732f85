/**
 * The native API, compatible with Svix's, so that Svix's SDKs work with it. Paths, bodies, paging and errors
 * are Svix's. Additional calls have the same style. Payloads are passed from the request to the webhook as
 * text and never printed again (I8).
 */
import { authenticateFirst } from "../authenticate-first.ts";
import type { Dialect } from "../dialect.ts";
import { loadCaller } from "./caller.ts";
import { mountCalls } from "../call.ts";
import { CALLS, DOCUMENT } from "./document.ts";
import { ERRORS, sendError } from "./errors.ts";
import { render } from "./webhooks/render.ts";

export function createSvix(): Dialect {
  return {
    name: "svix",
    prefixes: ["/api/v1"],
    openToPages: true,
    errors: ERRORS,
    sendError,
    render,
    document: DOCUMENT,
    mount(scope, context) {
      authenticateFirst(scope, (request) => loadCaller(context, request));
      // Fastify refuses a Content-Type that is not a media type before it reads the body, so such headers are
      // removed.
      scope.addHook("onRequest", (request, _reply, done) => {
        if (request.mediaType === undefined) delete request.headers["content-type"];
        done();
      });
      mountCalls(scope, context, CALLS);
    },
  };
}
