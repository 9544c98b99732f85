/** The calls of document 004 and related ones as data. The same schemas validate the requests. */
import Type from "typebox";
import type { Static } from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { JSON_TYPES } from "../../read-body.ts";
import { CHIRP_EVENTS } from "../webhooks/events.ts";

const WEBHOOK_ID = "whk_2DbBs7GWhGvVNJGrDXr5RG0mBWI";
const WEBHOOK_ID_FORM = "^whk_(?:test_)?[a-zA-Z0-9]{27}$";
const APP_ID_FORM = "^app_(?:test_)?[a-zA-Z0-9]{27}$";
const MOST_URL_CHARACTERS = 2048;

const url = Type.String({
  minLength: 1,
  maxLength: MOST_URL_CHARACTERS,
  description: `an https URL of at most ${MOST_URL_CHARACTERS} characters, to which events are posted`,
});
const events = Type.Array(Type.Enum(CHIRP_EVENTS), {
  minItems: 1,
  description: "a list of at least one event name; a family such as messages.sms.* is not a name",
});
const headers = Type.Unsafe<Readonly<Record<string, string>>>(
  Type.Object(
    {},
    {
      additionalProperties: Type.String({ description: "a text of printable ASCII on one line" }),
      description: "an object of header names and values, which are sent with every event",
    },
  ),
);

export const CREATE = Type.Object({ url, events, headers: Type.Optional(headers) });
export const UPDATE = Type.Object({
  url: Type.Optional(url),
  events: Type.Optional(events),
  headers: Type.Optional(headers),
});
export type WebhookFields = Static<typeof UPDATE>;

const seconds = Type.String({
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$",
  description: "a time in UTC, to the second",
});
const WEBHOOK = Type.Object({
  id: Type.String({ pattern: WEBHOOK_ID_FORM, description: "of the form whk_[test_]{ksuid}" }),
  appId: Type.String({ pattern: APP_ID_FORM, description: "of the form app_[test_]{ksuid}" }),
  url: Type.String(),
  events: Type.Array(Type.String()),
  headers: Type.Object({}, { additionalProperties: Type.String() }),
  createdAt: seconds,
  updatedAt: seconds,
});
const DELETED = Type.Object({ message: Type.String() });

/** The example of document 004. */
const EXAMPLE = {
  id: WEBHOOK_ID,
  appId: "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI",
  url: "https://example.com/webhook",
  events: ["messages.sms.received", "messages.whatsapp.sent"],
  headers: { "X-Custom-Header": "value" },
  createdAt: "2021-08-01T00:00:00Z",
  updatedAt: "2021-08-01T00:00:00Z",
};

const SECURITY = ["appKey"];
const common = { tag: "Webhooks", security: SECURITY } as const;
const one = {
  ...common,
  path: "/v1/webhooks/:webhookId",
  params: Type.Object({
    webhookId: Type.String({ description: "The id of the webhook: whk_[test_]{ksuid}" }),
  }),
} as const;
const all = { ...common, path: "/v1/webhooks" } as const;

export const WEBHOOK_CALLS: readonly ApiCall[] = [
  {
    ...all,
    id: "createWebhook",
    summary: "Create a webhook",
    description:
      "The webhook gets the application's events that it lists, from now on. A name that is " +
      "listed twice counts once. Several webhooks may have the same URL. With an `Idempotency-Key` " +
      "header, a repeat of the same request returns the webhook of the first request.",
    methods: ["POST"],
    body: { schema: CREATE, mediaTypes: JSON_TYPES, required: true },
    example: {
      body: { url: EXAMPLE.url, events: EXAMPLE.events, headers: EXAMPLE.headers },
    },
    answers: { 201: { description: "The webhook", schema: WEBHOOK, example: EXAMPLE } },
  },
  {
    ...all,
    id: "listWebhooks",
    summary: "List the webhooks of the application",
    description:
      "Returns all webhooks, newest last, with the values of their headers in clear text.",
    methods: ["GET"],
    answers: {
      200: { description: "The webhooks", schema: Type.Array(WEBHOOK), example: [EXAMPLE] },
    },
  },
  {
    ...one,
    id: "getWebhook",
    summary: "Show a webhook",
    methods: ["GET"],
    example: { params: { webhookId: WEBHOOK_ID } },
    answers: { 200: { description: "The webhook", schema: WEBHOOK, example: EXAMPLE } },
  },
  {
    ...one,
    id: "updateWebhook",
    summary: "Update a webhook",
    description:
      "Each given field replaces the old value, and the others stay. Once this call has " +
      "answered, every attempt uses the new values, including retries of earlier events.",
    methods: ["PUT"],
    body: { schema: UPDATE, mediaTypes: JSON_TYPES, required: true },
    example: {
      params: { webhookId: WEBHOOK_ID },
      body: {
        url: EXAMPLE.url,
        events: ["messages.sms.sent", "messages.whatsapp.sent"],
        headers: { "X-Custom-Header": "new-value" },
      },
    },
    answers: { 200: { description: "Update webhook", schema: WEBHOOK, example: EXAMPLE } },
  },
  {
    ...one,
    id: "deleteWebhook",
    summary: "Delete a webhook",
    description: "The webhook gets no further events, and its pending retries are cancelled.",
    methods: ["DELETE"],
    example: { params: { webhookId: WEBHOOK_ID } },
    answers: {
      200: {
        description: "The webhook is deleted",
        schema: DELETED,
        example: { message: "Webhook deleted successfully" },
      },
    },
  },
];
