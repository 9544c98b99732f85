/** Example bodies of Sendblue, each with the events that it is rendered from. */
import { readFileSync } from "node:fs";

const LINE = "+15550000002";
const CONTACT = "+15550000001";
const AT = "2026-05-06T04:00:00.000Z";

export type Published = {
  readonly eventType: string;
  readonly payload: { readonly [name: string]: unknown };
};

export type Fixture = {
  readonly file: string;
  readonly type: string;
  /** The preceding events, then the event itself. */
  readonly events: readonly [...Published[], Published];
};

/** The body with its keys in order. All numbers in these files are small. */
export function readFixture(file: string): Record<string, unknown> {
  const url = new URL(`../fixtures/sendblue/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Record<string, unknown>;
}

function received(file: string, more: object): Fixture {
  const message = {
    id: file,
    channel: "imessage",
    from: CONTACT,
    to: LINE,
    text: "Observed basic text",
    receivedAt: AT,
    ...more,
  };
  return {
    file,
    type: "receive",
    events: [{ eventType: "message.received", payload: { message } }],
  };
}

function sent(file: string, report: object): Fixture {
  const message = {
    id: file,
    channel: "imessage",
    from: LINE,
    to: CONTACT,
    text: "Hello world!",
    sentAt: AT,
  };
  const progress = { message: { id: file, ...report }, occurredAt: AT };
  return {
    file,
    type: "outbound",
    events: [
      { eventType: "message.sent", payload: { message } },
      { eventType: "message.progress", payload: progress },
    ],
  };
}

function other(
  type: string,
  eventType: string,
  payload: Published["payload"],
  file = type,
): Fixture {
  return { file, type, events: [{ eventType, payload }] };
}

export const FIXTURES: readonly Fixture[] = [
  received("receive.text", {}),
  received("receive.tapback", { text: "Loved “See you at 5”" }),
  received("receive.sms", { channel: "sms" }),
  received("receive.media_only", {
    text: "",
    media: [
      {
        url: "https://storage.googleapis.com/example-bucket/img.jpeg",
        contentType: "image/jpeg",
      },
    ],
  }),
  received("receive.group", {
    groupId: "66e3b90d-4447-43c6-9439-15b694408ac4",
    participants: [CONTACT, LINE, "+15550000003"],
  }),
  sent("outbound.queued", { status: "queued" }),
  sent("outbound.sent", { status: "delivered_to_carrier" }),
  sent("outbound.delivered", { status: "delivered_to_handset" }),
  sent("outbound.error", {
    status: "carrier_failed",
    error: { code: "10001", message: "message failed to send" },
  }),
  other("call_log", "call.logged", {
    line: LINE,
    contact: CONTACT,
    direction: "inbound",
    status: "completed",
    durationSeconds: 42,
    startedAt: AT,
  }),
  other("contact_created", "contact.created", {
    contact: { number: CONTACT, firstName: "Ada", lastName: "Lovelace" },
  }),
  other("line_assigned", "line.assigned", { line: LINE }),
  other("line_blocked", "line.blocked", { line: LINE }),
  other(
    "typing_indicator",
    "typing.changed",
    { line: LINE, contact: CONTACT, isTyping: true, occurredAt: "2026-05-06T00:00:00.000Z" },
    "typing_indicator.start",
  ),
];
