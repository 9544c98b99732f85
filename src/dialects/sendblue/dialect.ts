/**
 * Sendblue's webhook API (document 003): an account's webhooks are one set of lists by type, changed
 * as a whole. Its SDK is ours when its base URL is.
 */
import type { Dialect } from "../dialect.ts";
import { DOCUMENT } from "./document.ts";
import { ERRORS, sendError } from "./errors.ts";
import { render } from "./render.ts";
import { PATH } from "./webhook-types.ts";
import { mountWebhooks } from "./webhooks.ts";

/** The path of newer SDKs for the same four calls. */
const SECOND_PATH = /^\/api\/v2\/account\/webhooks(?=\/?$)/;

export function createSendblue(): Dialect {
  return {
    name: "sendblue",
    // Sendblue has many other calls: one that is not here is refused in its shape.
    prefixes: ["/api", "/v3"],
    errors: ERRORS,
    sendError,
    render,
    document: DOCUMENT,
    mount: mountWebhooks,
    rewritePath: (path) => path.replace(SECOND_PATH, PATH),
  };
}
