/** Chirp's API as data, for its OpenAPI and Postman documents. */
import Type from "typebox";
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiDocument, ApiWebhook } from "../api-document.ts";
import type { Call } from "../call.ts";
import { PLAYGROUND_CALLS } from "./calls/playground.ts";
import { WEBHOOK_CALLS } from "./calls/webhook.ts";
import { OLDER_FORM } from "../../core/events/dialect-events.ts";
import { eventSchema, olderEventSchema } from "./webhooks/event-schema.ts";
import { CHIRP_EVENTS, OLDER_EVENTS } from "./webhooks/events.ts";
import type { ChirpEvent, OlderEvent } from "./webhooks/events.ts";
import { exampleSnapshot } from "./webhooks/example-snapshots.ts";
import { render } from "./webhooks/render.ts";

const DESCRIPTION = `
Webhooks of an application, in Chirp's format.

**Keys.** \`Authorization: Bearer sk_live_app_…\`, or \`sk_test_app_…\` for a test app, whose ids
contain \`test_\`. A key gives access to the webhooks of its application only.

**Delivery.** An event is posted as \`{event, timestamp, data}\` with the webhook's custom headers. Any
2xx within 5 seconds is success. After any other result the webhook is retried after 10 seconds,
1 minute, 5 minutes, 30 minutes and 2 hours: six attempts in all. An event may arrive more than once;
every attempt has the same body and the same \`webhook-id\` header.

**Older names.** A webhook that lists \`MESSAGE_CREATED\`, \`MESSAGE_SENT\` or \`MESSAGE_DELIVERED\`
gets the event under that name, as \`{event, data}\`. These are events of texts, without WhatsApp. A
webhook that lists the older and the current name of an event gets the current form only.

**Authenticity.** Webhooks are not signed. Give the webhook a custom header with a secret value. The URL
must use https.

${URL_CREDENTIALS}

**Errors.** \`{"error": {"type", "message"}}\`, with \`param\` when one field is invalid, such as
\`url\`, \`events[2]\` or \`headers.Host\`.
`.trim();

const FIRES: Readonly<Record<ChirpEvent, string>> = {
  "messages.sms.received": "An SMS or MMS arrived.",
  "messages.sms.sent": "The carrier accepted an outbound SMS or MMS.",
  "messages.sms.delivered": "The carrier confirmed that the message reached the device.",
  "messages.sms.failed": "The message could not be delivered; `data.error` gives the reason.",
  "messages.whatsapp.received": "A WhatsApp message arrived.",
  "messages.whatsapp.sent": "WhatsApp accepted an outbound message.",
  "messages.whatsapp.delivered": "The message reached the recipient's device.",
  "messages.whatsapp.read": "The recipient read the message.",
  "messages.whatsapp.failed": "The message could not be delivered; `data.error` gives the reason.",
  "templates.whatsapp.created": "A message template was created.",
  "templates.whatsapp.updated": "A message template changed.",
  "templates.whatsapp.deleted": "A message template was deleted.",
  "templates.whatsapp.connected": "A message template was connected to an account.",
  "contacts.whatsapp.created": "A contact was created, or a number was seen for the first time.",
  "contacts.whatsapp.updated": "The fields of a contact changed.",
  "contacts.whatsapp.deleted": "A contact was deleted.",
  "whatsapp.account.connected": "A WhatsApp account was connected.",
  "whatsapp.account.disconnected": "A WhatsApp account was disconnected.",
};

const OLDER_FIRES: Readonly<Record<OlderEvent, string>> = {
  MESSAGE_CREATED: "The older name of `messages.sms.received`: an SMS or MMS arrived.",
  MESSAGE_SENT: "The older name of `messages.sms.sent`: the carrier accepted the message.",
  MESSAGE_DELIVERED: "The older name of `messages.sms.delivered`: it reached the device.",
};

const REFUSAL = Type.Object({
  error: Type.Object({
    type: Type.Enum(["invalid_request_error", "authentication_error", "api_error"]),
    message: Type.String(),
    code: Type.Optional(Type.String({ description: "test_app_required" })),
    param: Type.Optional(Type.String({ description: "the invalid field" })),
  }),
});

export const CALLS: readonly Call[] = [...WEBHOOK_CALLS, ...PLAYGROUND_CALLS];

export const DOCUMENT: ApiDocument = {
  title: "Hookline: Chirp",
  description: DESCRIPTION,
  schemes: {
    appKey: {
      type: "http",
      scheme: "bearer",
      description: "App API key: sk_live_app_* or sk_test_app_*",
    },
  },
  calls: CALLS,
  webhooks: [...CHIRP_EVENTS.map(toWebhook), ...OLDER_EVENTS.map(toOlderWebhook)],
  refusal: {
    schema: REFUSAL,
    example: {
      error: {
        type: "invalid_request_error",
        message: "url is missing; it must be an https URL.",
        param: "url",
      },
    },
  },
};

function toWebhook(name: ChirpEvent): ApiWebhook {
  return {
    name,
    summary: FIRES[name],
    methods: ["POST"],
    body: eventSchema(name),
    example: render(exampleSnapshot(name)).body ?? "",
  };
}

function toOlderWebhook(name: OlderEvent): ApiWebhook {
  return {
    name,
    summary: OLDER_FIRES[name],
    methods: ["POST"],
    body: olderEventSchema(name),
    example: render(exampleSnapshot(name), null, OLDER_FORM).body ?? "",
  };
}
