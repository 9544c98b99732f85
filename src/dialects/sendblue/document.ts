/** Sendblue's API as data. */
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiDocument } from "../api-document.ts";
import { EVENTS } from "./webhooks/document-events.ts";
import { REFUSAL } from "./calls/schemas.ts";
import { WEBHOOK_CALLS } from "./calls/webhooks.ts";

export const DOCUMENT: ApiDocument = {
  title: "Sendblue webhooks",
  description:
    "The webhook calls and the webhooks of Sendblue's API. The official SDK works with " +
    "this server as its `baseURL`.\n\n" +
    "A webhook is a POST with a JSON body. The header `sb-signing-secret` has the secret of the " +
    "webhook in clear text, or else the global secret. It is absent when neither is set. Any 2xx " +
    "within 45 seconds is success. After any other result the webhook is sent again after " +
    "30 seconds, 2 minutes and 10 minutes, unless the server's operator has made 4xx final. The body " +
    "does not name the event: use one URL per type, or read the header `hookline-event-type`.\n\n" +
    `${URL_CREDENTIALS}\n\n` +
    "All four calls are also available under `/api/v2/account/webhooks`.",
  schemes: {
    keyId: {
      type: "apiKey",
      in: "header",
      name: "sb-api-key-id",
      description: "The id of the account's key.",
    },
    keySecret: {
      type: "apiKey",
      in: "header",
      name: "sb-api-secret-key",
      description: "The secret of the account's key.",
    },
  },
  calls: WEBHOOK_CALLS,
  webhooks: EVENTS,
  refusal: {
    schema: REFUSAL,
    example: { status: "ERROR", message: "webhooks[1].url: the URL must use https" },
  },
};
