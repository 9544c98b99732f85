/** Sendblue's API as data: the calls of document 003, with the schemas that validate them. */
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiCall, ApiDocument } from "../api-document.ts";
import { EVENTS } from "./webhooks/document-events.ts";
import * as schema from "./calls/schemas.ts";
import { PATH } from "./webhooks/webhook-types.ts";

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
      "Returns every webhook of the account in the form in which it was given, and the global secret if " +
      "one is set. Secrets are shown in clear text.",
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
      "Adds webhooks to one type. A URL that the type already has is not added again: it takes " +
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
        description: "All webhooks after the change.",
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
      "Replaces all webhooks of the account. A webhook that the request does not name is removed, and " +
      "its pending deliveries are cancelled. Without `globalSecret` the global secret " +
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
        description: "All webhooks after the change.",
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
      "Removes URLs from one type (default: `receive`). A URL that the type does not have is not an " +
      "error. The body is JSON. If a client or proxy drops the body of a DELETE, use the query " +
      "`?webhooks=<url>&type=<type>` instead.",
    methods: ["DELETE"],
    path: PATH,
    security: SECURITY,
    query: schema.REMOVE_QUERY,
    body: { schema: schema.REMOVE_BODY, mediaTypes: JSON_BODY, required: false },
    refusals: ["invalid_field"],
    example: { body: { webhooks: ["https://example.com/webhook"], type: "receive" } },
    answers: {
      200: {
        description: "The webhooks are removed.",
        schema: schema.REMOVE_ANSWER,
        example: { status: "OK", message: "Webhooks deleted successfully" },
      },
    },
  },
];

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
  calls: CALLS,
  webhooks: EVENTS,
  refusal: {
    schema: schema.REFUSAL,
    example: { status: "ERROR", message: "webhooks[1].url: the URL must use https" },
  },
};
