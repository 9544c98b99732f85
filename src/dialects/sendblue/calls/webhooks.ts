/**
 * The four calls on an account's webhooks (document 003), which are one set: list, add, replace all and
 * remove. Each succeeds with 200, because public clients test for exactly that status.
 */
import type { FastifyRequest } from "fastify";
import { refuseField } from "../../../core/error.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { toActor } from "../../to-actor.ts";
import type { Call } from "../../call.ts";
import { checkWith } from "../../check-schema.ts";
import { bodyText, jsonBody, JSON_TYPES } from "../../read-body.ts";
import { appOfCaller } from "../caller.ts";
import { DEFAULT_TYPE, PATH } from "../webhooks/webhook-types.ts";
import { readEntries, readLists, readRemovals, readSecret, refuseType } from "./read-entries.ts";
import * as schema from "./schemas.ts";
import { changeWebhooks, readWebhooks } from "./stored-set.ts";
import { addWebhooks, removeWebhooks, replaceWebhooks } from "./webhook-set.ts";
import { webhooksOut, withinLimit } from "./webhooks-out.ts";

const SECURITY = ["keyId", "keySecret"] as const;
const REFUSED_ENTRIES = ["invalid_field", "invalid_url", "blocked_url"] as const;

/** Size for as many webhooks as an account can have, so that a client can write back the whole list. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const common = { tag: "Webhooks", path: PATH, security: SECURITY } as const;
const changes = { ...common, bodyLimit: BODY_LIMIT_BYTES } as const;

const checkAdd = checkWith(schema.ADD_BODY);
const checkReplace = checkWith(schema.REPLACE_BODY);
const checkRemove = checkWith(schema.REMOVE_BODY);
const checkRemoveQuery = checkWith(schema.REMOVE_QUERY);

const lists = {
  call_log: [],
  contact_created: [],
  line_assigned: [],
  line_blocked: [],
  outbound: [],
  receive: ["https://example.com/webhook1"],
  typing_indicator: [],
};

export const WEBHOOK_CALLS: readonly Call[] = [
  {
    ...common,
    id: "listWebhooks",
    summary: "Get webhooks",
    description:
      "Returns every webhook of the account in the form in which it was given, and the global secret if " +
      "one is set. Secrets are shown in clear text.",
    methods: ["GET"],
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
    createHandler: (context) => async (request) => {
      const appId = await appOfCaller(context, request);
      return { status: "OK", webhooks: webhooksOut(await readWebhooks(context, appId)) };
    },
  },
  {
    ...changes,
    id: "addWebhooks",
    summary: "Add webhooks",
    description:
      "Adds webhooks to one type. A URL that the type already has is not added again: it takes " +
      "the secret, the lines and the form of the new entry, so the call can be repeated.",
    methods: ["POST"],
    body: { schema: schema.ADD_BODY, mediaTypes: JSON_TYPES, required: true },
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
    createHandler: (context) => async (request) => {
      const appId = await appOfCaller(context, request);
      const { webhooks, type = DEFAULT_TYPE, globalSecret } = checkAdd(jsonBody(request).value);
      refuseType(type, ["type"]);
      const added = {
        type,
        globalSecret: readSecret(globalSecret, ["globalSecret"]),
        entries: readEntries(context, webhooks, { type, path: ["webhooks"] }),
      };
      const after = await changeWebhooks(
        toActor(context, request, "sendblue.addWebhooks"),
        appId,
        (before) => withinLimit(addWebhooks(before, added)),
      );
      return {
        status: "OK",
        message: "Webhooks added successfully",
        webhooks: webhooksOut(after),
      };
    },
  },
  {
    ...changes,
    id: "replaceWebhooks",
    summary: "Replace webhooks",
    description:
      "Replaces all webhooks of the account. A webhook that the request does not name is removed, and " +
      "its pending deliveries are cancelled. Without `globalSecret` the global secret " +
      "stays; an empty one clears it.",
    methods: ["PUT"],
    body: { schema: schema.REPLACE_BODY, mediaTypes: JSON_TYPES, required: true },
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
    createHandler: (context) => async (request) => {
      const appId = await appOfCaller(context, request);
      const { value } = jsonBody(request);
      const { globalSecret, ...given } = checkReplace(value).webhooks;
      refuseMisplaced(value);
      const wanted = {
        lists: readLists(context, given),
        globalSecret: readSecret(globalSecret, ["webhooks", "globalSecret"]),
      };
      const after = await changeWebhooks(
        toActor(context, request, "sendblue.replaceWebhooks"),
        appId,
        (before) => withinLimit(replaceWebhooks(before, wanted)),
      );
      return {
        status: "OK",
        message: "Webhooks updated successfully",
        webhooks: webhooksOut(after),
      };
    },
  },
  {
    ...changes,
    id: "deleteWebhooks",
    summary: "Delete webhooks",
    description:
      "Removes URLs from one type (default: `receive`). A URL that the type does not have is not an " +
      "error. The body is JSON. If a client or proxy drops the body of a DELETE, use the query " +
      "`?webhooks=<url>&type=<type>` instead.",
    methods: ["DELETE"],
    query: schema.REMOVE_QUERY,
    body: { schema: schema.REMOVE_BODY, mediaTypes: JSON_TYPES, required: false },
    refusals: ["invalid_field"],
    example: { body: { webhooks: ["https://example.com/webhook"], type: "receive" } },
    answers: {
      200: {
        description: "The webhooks are removed.",
        schema: schema.REMOVE_ANSWER,
        example: { status: "OK", message: "Webhooks deleted successfully" },
      },
    },
    createHandler: (context) => async (request) => {
      const appId = await appOfCaller(context, request);
      const { webhooks, type = DEFAULT_TYPE } = checkRemove(toRemoval(request));
      refuseType(type, ["type"]);
      const removed = { type, urls: readRemovals(context, webhooks) };
      await changeWebhooks(toActor(context, request, "sendblue.deleteWebhooks"), appId, (before) =>
        removeWebhooks(before, removed),
      );
      return { status: "OK", message: "Webhooks deleted successfully" };
    },
  },
];

/** POST has the field beside the webhooks, PUT inside them. A misplaced secret must not be lost silently. */
function refuseMisplaced(body: JsonValue): void {
  if (Object.hasOwn(body as object, "globalSecret")) {
    const message = "put globalSecret inside webhooks in this call";
    throw refuseField("invalid_field", ["globalSecret"], message);
  }
}

/** Some clients and proxies send no body with DELETE. The query then has the same parameters. */
function toRemoval(request: FastifyRequest): unknown {
  if (bodyText(request, JSON_TYPES) !== "") return jsonBody(request).value;
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  const webhooks = query["webhooks"] ?? query["webhooks[]"];
  return checkRemoveQuery({
    ...(webhooks === undefined ? undefined : { webhooks: [webhooks].flat() }),
    ...(query["type"] === undefined ? undefined : { type: query["type"] }),
  });
}
