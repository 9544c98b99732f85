/**
 * Zipwhip's webhook API (documents 000 to 002): its calls by GET or POST with their parameters
 * anywhere, its refusals on 200, its webhooks of two generations. A line's session is the one
 * credential. Paths are taken in any letter case, and are routed in lower case.
 */
import type { Dialect, DialectSettings } from "../dialect.ts";
import { mountAttachments } from "./attachment.ts";
import { DOCUMENT } from "./document.ts";
import { createSendError, errorAnswers } from "./errors.ts";
import { mountMessages } from "./message.ts";
import { createRender } from "./render.ts";
import { mountUser } from "./user.ts";
import { mountWebhooks } from "./webhook.ts";

const PREFIXES = ["/user", "/webhook", "/message", "/messageattachment", "/hostedcontent"] as const;
const BELOW = new RegExp(`^(?:${PREFIXES.join("|")})(?:/|$)`, "i");

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
      mountUser(scope, context);
      mountWebhooks(scope, context);
      mountMessages(scope, context);
      mountAttachments(scope, context);
    },
    rewritePath: (path) => (BELOW.test(path) ? path.toLowerCase() : path),
  };
}
