/**
 * One snapshot per event of Chirp. The documentation's examples are rendered from these, so they match the
 * deliveries. Values are those of Chirp's examples.
 */
import type { MessageStatus } from "../../../core/messages/message-status.ts";
import type { Contact, Message, Snapshot } from "../../../core/snapshot.ts";
import type { ChirpEvent, OlderEvent } from "./events.ts";

const KSUID = "2DbBs7GWhGvVNJGrDXr5RG0mBWI";
const RECEIVED_AT = Date.UTC(2024, 0, 15, 10, 30, 0);
const SENT_AT = RECEIVED_AT + 1_000;
const DELIVERED_AT = RECEIVED_AT + 5_000;
const READ_AT = RECEIVED_AT + 10_000;
const CUSTOMER = "+15551234567";
const LINE = "+15559876543";

const ENVELOPE = {
  eventId: `msg_${KSUID}`,
  appId: `app_${KSUID}`,
  payloadText: "{}",
  contentType: "application/json",
  message: null,
  contact: null,
  line: null,
  conversation: null,
  account: { name: "My App", email: null },
} as const;

const MESSAGE: Message = {
  id: "m-1",
  snowflake: 1327295480212647937n,
  handle: "6f1c1c1e-7a51-4ae4-8f5b-1f0f6f5e2a10",
  ksuid: KSUID,
  direction: "inbound",
  channel: "sms",
  from: CUSTOMER,
  to: LINE,
  text: "Hello!",
  media: [],
  groupId: null,
  participants: [],
  status: null,
  error: null,
  createdAt: RECEIVED_AT,
  deliveredAt: null,
  readAt: null,
  deletedAt: null,
  textAttachment: null,
};

type Case = Pick<Snapshot, "type" | "occurredAt"> & Partial<Snapshot>;

const CASES: Readonly<Record<ChirpEvent | OlderEvent, Case>> = {
  "messages.sms.received": received("sms", "Hello!"),
  "messages.sms.sent": progress("sms", "sent", SENT_AT),
  "messages.sms.delivered": progress("sms", "delivered_to_handset", DELIVERED_AT),
  "messages.sms.failed": failed("sms", "carrier_failed", {
    code: "40008",
    message: "Undeliverable",
  }),
  "messages.whatsapp.received": received("whatsapp", "Hello!"),
  "messages.whatsapp.sent": progress("whatsapp", "sent", SENT_AT),
  "messages.whatsapp.delivered": progress("whatsapp", "delivered_to_handset", DELIVERED_AT),
  "messages.whatsapp.read": progress("whatsapp", "read_by_recipient", READ_AT),
  "messages.whatsapp.failed": failed("whatsapp", "handset_failed", {
    code: 131026,
    message: "Unable to deliver message",
  }),
  "templates.whatsapp.created": template("template.created", "PENDING"),
  "templates.whatsapp.updated": template("template.updated", "APPROVED"),
  "templates.whatsapp.deleted": template("template.deleted", "APPROVED"),
  "templates.whatsapp.connected": template("template.connected", "APPROVED"),
  "contacts.whatsapp.created": contact("contact.created", null),
  "contacts.whatsapp.updated": contact("contact.updated", null),
  "contacts.whatsapp.deleted": contact("contact.deleted", RECEIVED_AT),
  "whatsapp.account.connected": account("whatsapp_account.connected"),
  "whatsapp.account.disconnected": account("whatsapp_account.disconnected"),
  MESSAGE_CREATED: received("sms", "Hello!"),
  MESSAGE_SENT: progress("sms", "sent", SENT_AT),
  MESSAGE_DELIVERED: progress("sms", "delivered_to_handset", DELIVERED_AT),
};

export function exampleSnapshot(event: ChirpEvent | OlderEvent): Snapshot {
  const example = CASES[event];
  return { ...ENVELOPE, acceptedAt: example.occurredAt, ...example };
}

function received(channel: Message["channel"], text: string): Case {
  const message = { ...MESSAGE, channel, text };
  return { type: "message.received", occurredAt: RECEIVED_AT, message };
}

function progress(channel: Message["channel"], status: MessageStatus, occurredAt: number): Case {
  const isDelivered = status === "delivered_to_handset" || status === "read_by_recipient";
  const message: Message = {
    ...MESSAGE,
    direction: "outbound",
    channel,
    from: LINE,
    to: CUSTOMER,
    text: "Hi there",
    status,
    createdAt: SENT_AT,
    deliveredAt: isDelivered ? DELIVERED_AT : null,
  };
  return { type: "message.progress", occurredAt, message };
}

function failed(
  channel: Message["channel"],
  status: MessageStatus,
  error: NonNullable<Message["error"]>,
): Case {
  const example = progress(channel, status, DELIVERED_AT);
  return { ...example, message: { ...(example.message as Message), error } };
}

function template(type: string, status: string): Case {
  const fields = {
    id: "1234567890123456",
    name: "order_confirmation",
    language: "en_US",
    category: "UTILITY",
    status,
  };
  return { type, occurredAt: RECEIVED_AT, payloadText: JSON.stringify({ template: fields }) };
}

function contact(type: string, deletedAt: number | null): Case {
  const known: Contact = {
    contactId: 4071,
    number: CUSTOMER,
    firstName: "Ada",
    lastName: "Lovelace",
    companyName: null,
    tags: [],
    deletedAt,
  };
  return { type, occurredAt: RECEIVED_AT, contact: known };
}

function account(type: string): Case {
  const fields = { id: "102290129340398", name: "My Shop", phoneNumber: LINE };
  return { type, occurredAt: RECEIVED_AT, payloadText: JSON.stringify({ account: fields }) };
}
