/**
 * Chirp's webhook API as documented in document 004, and the playground calls that publish an event. A
 * webhook belongs to the app of the key and selects events by name. Nothing is signed, so its custom headers
 * authenticate it. It must not know Chirp's sending, templates or contacts.
 */
import { authenticateFirst } from "../authenticate-first.ts";
import { mountCalls } from "../call.ts";
import type { Dialect } from "../dialect.ts";
import { callerOfKey } from "./caller.ts";
import { CALLS, DOCUMENT } from "./document.ts";
import { ERRORS, sendError } from "./errors.ts";
import { render } from "./webhooks/render.ts";

export function createChirp(): Dialect {
  return {
    name: "chirp",
    prefixes: ["/v1"],
    errors: ERRORS,
    sendError,
    render,
    document: DOCUMENT,
    mount(scope, context) {
      authenticateFirst(scope, (request) => callerOfKey(context, request));
      mountCalls(scope, context, CALLS);
    },
  };
}
