/** The four calls of document 001 as data; the schemas here are what checks them. */
import Type from "typebox";
import type { ApiCall } from "../api-document.ts";
import { answers, METHODS, SESSION } from "./answer.ts";
import { webhookExample } from "./webhook-model.ts";

/** Which events each type has (document 002). */
export const EVENTS = {
  message: ["receive", "send", "progress", "read", "delete"],
  optout: ["change"],
} as const;

const HOOK_METHODS = ["POST", "PUT", "GET"] as const;
const TLS_VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;

const webhookId = Type.String({
  pattern: "^[1-9][0-9]{0,9}$",
  description: "the number of an installed webhook of this line",
});
const url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description: "an http or https URL of at most 2048 characters, which events are sent to",
});
const method = Type.Enum(HOOK_METHODS, { description: "how it is called, POST unless it says so" });
const tlsMinVersion = Type.Enum(TLS_VERSIONS, {
  description: "the oldest TLS version it may speak; not Zipwhip's, for receivers that are old",
});

export const ADD = Type.Object({
  type: Type.Enum(["message", "optout"], { description: "what it is about" }),
  event: Type.Enum([...EVENTS.message, ...EVENTS.optout], {
    description: "what happened: change of optout, any other of message",
  }),
  url,
  method: Type.Optional(method),
  tlsMinVersion: Type.Optional(tlsMinVersion),
});

export const UPDATE = Type.Object({
  webhookId: Type.Optional(webhookId),
  url: Type.Optional(url),
  method: Type.Optional(method),
  tlsMinVersion: Type.Optional(tlsMinVersion),
});

export const LIST = Type.Object({});
export const DELETE = Type.Object({ webhookId });

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
const common = { tag: "Webhooks", methods: METHODS, security: SESSION } as const;
const added = { success: true, response: [webhookExample("POST")] };
const changed = { success: true, response: [webhookExample("PUT")] };

export const WEBHOOK_CALLS: readonly ApiCall[] = [
  {
    ...common,
    id: "addWebhook",
    path: "/webhook/add",
    summary: "Install a webhook onto the text-enabled number of the session",
    description:
      "Names of types, events and methods are taken in any case. One that is there already, the " +
      "same in type, event, url and method, is answered and not added again.",
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
  {
    ...common,
    id: "updateWebhook",
    path: "/webhook/update",
    summary: "Change the URL or the method of an installed webhook",
    description: "Without a `webhookId` it is the only webhook of the line, if there is just one.",
    fields: UPDATE,
    example: { fields: { webhookId: "687557714", method: "PUT" } },
    refusals: [...REFUSED_URLS, "invalid_field", "not_found", "conflict"],
    answers: answers(HOOKS, changed),
  },
  {
    ...common,
    id: "listWebhooks",
    path: "/webhook/list",
    summary: "List the webhooks of the line, oldest first",
    fields: LIST,
    refusals: ["invalid_field"],
    answers: answers(HOOKS, changed),
  },
  {
    ...common,
    id: "deleteWebhook",
    path: "/webhook/delete",
    summary: "Take a webhook away; what it is still owed is not sent any more",
    fields: DELETE,
    example: { fields: { webhookId: "687557714" } },
    refusals: ["invalid_field", "not_found"],
    answers: answers(HOOKS, { success: true, response: [] }),
  },
];
