/**
 * The four calls of document 001: adds, changes, lists and deletes the webhooks of a line. All logins of the
 * line see the same webhooks; another line of the app sees only its own.
 */
import Type from "typebox";
import type { Call } from "../../call.ts";
import { webhookExample } from "../webhooks/webhook-model.ts";
import { addHook, EVENTS, listHooks, removeHook, updateHook } from "./hook-set.ts";
import { answers, lineCall, success } from "./line-call.ts";

const HOOK_METHODS = ["POST", "PUT", "GET"] as const;
const TLS_VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;

const webhookId = Type.String({
  pattern: "^[1-9][0-9]{0,9}$",
  description: "the number of an installed webhook of this line",
});
const url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description: "an http or https URL of at most 2048 characters, to which events are sent",
});
const method = Type.Enum(HOOK_METHODS, {
  description: "the HTTP method of the webhook (default: POST)",
});
const tlsMinVersion = Type.Enum(TLS_VERSIONS, {
  description: "the minimum TLS version for an outdated receiver; an extension of Zipwhip's API",
});

const ADD = Type.Object({
  type: Type.Enum(["message", "optout"], { description: "the subject of the webhook's events" }),
  event: Type.Enum([...EVENTS.message, ...EVENTS.optout], {
    description: "the event: change for the type optout, any other for the type message",
  }),
  url,
  method: Type.Optional(method),
  tlsMinVersion: Type.Optional(tlsMinVersion),
});

const UPDATE = Type.Object({
  webhookId: Type.Optional(webhookId),
  url: Type.Optional(url),
  method: Type.Optional(method),
  tlsMinVersion: Type.Optional(tlsMinVersion),
});

const LIST = Type.Object({});
const DELETE = Type.Object({ webhookId });

const HOOKS = Type.Array(
  Type.Object({
    webhookId: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    type: Type.String(),
    event: Type.String(),
    url: Type.String(),
    method: Type.String(),
  }),
);

const REFUSED_URLS = ["invalid_url", "blocked_url"] as const;
const added = { success: true, response: [webhookExample("POST")] };
const changed = { success: true, response: [webhookExample("PUT")] };

export const WEBHOOK_CALLS: readonly Call[] = [
  lineCall(
    {
      tag: "Webhooks",
      id: "addWebhook",
      changes: true,
      path: "/webhook/add",
      summary: "Install a webhook onto the text-enabled number of the session",
      description:
        "Names of types, events and methods may have any letter case. If the line already has a webhook with the " +
        "same type, event, URL and method, the call returns it and adds nothing.",
      fields: ADD,
      example: {
        fields: {
          type: "message",
          event: "receive",
          url: "https://test.zipwhip.com/message/receive",
          method: "POST",
        },
      },
      refusals: [...REFUSED_URLS, "invalid_field", "unknown_event_type", "conflict"],
      answers: answers(HOOKS, added),
    },
    async (context, { caller, fields }) => success([await addHook(context, caller, fields)]),
  ),
  lineCall(
    {
      tag: "Webhooks",
      id: "updateWebhook",
      changes: true,
      path: "/webhook/update",
      summary: "Change the URL or the method of an installed webhook",
      description: "`webhookId` may be omitted if the line has exactly one webhook.",
      fields: UPDATE,
      example: { fields: { webhookId: "687557714", method: "PUT" } },
      refusals: [...REFUSED_URLS, "invalid_field", "not_found", "conflict"],
      answers: answers(HOOKS, changed),
    },
    async (context, { caller, fields }) => success([await updateHook(context, caller, fields)]),
  ),
  lineCall(
    {
      tag: "Webhooks",
      id: "listWebhooks",
      path: "/webhook/list",
      summary: "List the webhooks of the line, oldest first",
      fields: LIST,
      refusals: ["invalid_field"],
      answers: answers(HOOKS, changed),
    },
    async (context, { caller }) => success(await listHooks(context, caller)),
  ),
  lineCall(
    {
      tag: "Webhooks",
      id: "deleteWebhook",
      changes: true,
      path: "/webhook/delete",
      summary: "Delete a webhook and cancel its pending deliveries",
      fields: DELETE,
      example: { fields: { webhookId: "687557714" } },
      refusals: ["invalid_field", "not_found"],
      answers: answers(HOOKS, { success: true, response: [] }),
    },
    async (context, { caller, fields }) => {
      await removeHook(context, caller, fields.webhookId);
      return success([]);
    },
  ),
];
