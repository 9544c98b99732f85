/** Sendblue's API as data: the calls of document 003, with the schemas that check them. */
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiCall, ApiDocument } from "../api-document.ts";
import { EVENTS } from "./document-events.ts";
import * as schema from "./schemas.ts";
import { PATH } from "./webhook-types.ts";

const JSON_BODY = ["application/json"] as const;
const SECURITY = ["keyId", "keySecret"] as const;
const REFUSED_ENTRIES = ["invalid_field", "invalid_url", "blocked_url"] as const;
const TAG = "Webhooks";

const lists = {
  call_log: [],
  contact_created: [],
  line_assigned: [],
  line_blocked: [],
  outbound: [],
  receive: ["https://example.com/webhook1"],
  typing_indicator: [],
};

const CALLS: readonly ApiCall[] = [
  {
    id: "listWebhooks",
    tag: TAG,
    summary: "Get webhooks",
    description:
      "Every webhook of the account in the form in which it was given, and the global secret if " +
      "there is one. Secrets are shown in clear.",
    methods: ["GET"],
    path: PATH,
    security: SECURITY,
    refusals: [],
    answers: {
      200: {
        description: "The webhooks.",
        schema: schema.LIST_ANSWER,
        example: {
          status: "OK",
          webhooks: {
            ...lists,
            outbound: [{ url: "https://example.com/status", secret: "webhook-secret" }],
            globalSecret: "global-secret",
          },
        },
      },
    },
  },
  {
    id: "addWebhooks",
    tag: TAG,
    summary: "Add webhooks",
    description:
      "Adds to the webhooks of one type. A URL that is there already is not added again: it takes " +
      "the secret, the lines and the form of the new entry, so the call can be repeated.",
    methods: ["POST"],
    path: PATH,
    security: SECURITY,
    body: { schema: schema.ADD_BODY, mediaTypes: JSON_BODY, required: true },
    refusals: REFUSED_ENTRIES,
    example: {
      body: {
        webhooks: [
          "https://example.com/webhook",
          { url: "https://example.com/w2", secret: "s3cret", sendblue_numbers: ["+15550000002"] },
        ],
        type: "receive",
        globalSecret: "global-secret",
      },
    },
    answers: {
      200: {
        description: "All webhooks, as they are now.",
        schema: schema.CHANGE_ANSWER,
        example: {
          status: "OK",
          message: "Webhooks added successfully",
          webhooks: {
            ...lists,
            receive: ["https://example.com/webhook1", "https://example.com/webhook"],
          },
        },
      },
    },
  },
  {
    id: "replaceWebhooks",
    tag: TAG,
    summary: "Replace webhooks",
    description:
      "Replaces all webhooks of the account: whatever the request does not name is removed, and " +
      "what was still to be delivered to it is cancelled. Without `globalSecret` the global secret " +
      "stays; an empty one clears it.",
    methods: ["PUT"],
    path: PATH,
    security: SECURITY,
    body: { schema: schema.REPLACE_BODY, mediaTypes: JSON_BODY, required: true },
    refusals: REFUSED_ENTRIES,
    example: {
      body: {
        webhooks: {
          receive: ["https://example.com/webhook"],
          outbound: [{ url: "https://example.com/status", secret: "s3cret" }],
          globalSecret: "global-secret",
        },
      },
    },
    answers: {
      200: {
        description: "All webhooks, as they are now.",
        schema: schema.CHANGE_ANSWER,
        example: {
          status: "OK",
          message: "Webhooks updated successfully",
          webhooks: {
            ...lists,
            receive: ["https://example.com/webhook"],
            outbound: [{ url: "https://example.com/status", secret: "s3cret" }],
            globalSecret: "global-secret",
          },
        },
      },
    },
  },
  {
    id: "deleteWebhooks",
    tag: TAG,
    summary: "Delete webhooks",
    description:
      "Removes URLs from one type, `receive` unless it says another; a URL that is not there is no " +
      "error. The body is JSON. Where something on the way drops the body of a DELETE, " +
      "`?webhooks=<url>&type=<type>` says the same.",
    methods: ["DELETE"],
    path: PATH,
    security: SECURITY,
    query: schema.REMOVE_QUERY,
    body: { schema: schema.REMOVE_BODY, mediaTypes: JSON_BODY, required: false },
    refusals: ["invalid_field"],
    example: { body: { webhooks: ["https://example.com/webhook"], type: "receive" } },
    answers: {
      200: {
        description: "They are not there any more.",
        schema: schema.REMOVE_ANSWER,
        example: { status: "OK", message: "Webhooks deleted successfully" },
      },
    },
  },
];

export const DOCUMENT: ApiDocument = {
  title: "Sendblue webhooks",
  description:
    "The webhook calls of Sendblue's API and the webhooks themselves. The official SDK works with " +
    "it when its `baseURL` is this server.\n\n" +
    "A webhook is a POST with a JSON body. The header `sb-signing-secret` holds the secret of the " +
    "webhook as it was given, else the global secret, and is absent when there is neither. Any 2xx " +
    "is success and must come within 45 seconds. After anything else the webhook is sent again after " +
    "30 seconds, 2 minutes and 10 minutes, unless the server's operator has made 4xx final. The body " +
    "names no event: use a URL for each type, or read the header `hookline-event-type`.\n\n" +
    `${URL_CREDENTIALS}\n\n` +
    "All four calls are good under `/api/v2/account/webhooks` too.",
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
  calls: CALLS,
  webhooks: EVENTS,
  refusal: {
    schema: schema.REFUSAL,
    example: { status: "ERROR", message: "webhooks[1].url: the URL must use https" },
  },
};
