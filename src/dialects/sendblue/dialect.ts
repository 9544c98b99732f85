/**
 * Sendblue's webhook API (document 003): an account's webhooks are one set of lists by type, changed
 * as a whole. Its SDK is ours when its base URL is.
 */
import type { Dialect } from "../dialect.ts";
import { DOCUMENT } from "./document.ts";
import { ERRORS, sendError } from "./errors.ts";
import { render } from "./render.ts";
import { mountWebhooks } from "./webhooks.ts";

export function createSendblue(): Dialect {
  return {
    name: "sendblue",
    prefixes: ["/api/account"],
    errors: ERRORS,
    sendError,
    render,
    document: DOCUMENT,
    mount: mountWebhooks,
  };
}
