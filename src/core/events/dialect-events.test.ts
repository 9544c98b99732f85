import assert from "node:assert/strict";
import { test } from "node:test";
import { CANONICAL_TYPES } from "./canonical-events.ts";
import {
  findDialectEvent,
  findOlderName,
  findSendblueStatus,
  listWebhooks,
} from "./dialect-events.ts";
import { MESSAGE_STATUSES, type Channel, type MessageStatus } from "../messages/message-status.ts";
import { DIALECTS } from "../snapshot.ts";

const STATUSES = Object.keys(MESSAGE_STATUSES) as MessageStatus[];
const picture = { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" };

function text(channel: Channel, status: MessageStatus | null = null, pictures = 0) {
  return { channel, status, media: Array.from({ length: pictures }, () => picture) };
}

test("a svix endpoint gets every type under its canonical name", () => {
  for (const type of [...CANONICAL_TYPES, "invoice.paid"]) {
    assert.equal(findDialectEvent("svix", { type, message: null }), type);
  }
});

test("no other dialect has events for custom types", () => {
  for (const dialect of DIALECTS) {
    if (dialect !== "svix") {
      assert.equal(findDialectEvent(dialect, { type: "invoice.paid", message: null }), null);
    }
  }
});

test("each canonical event has these events in the dialects", () => {
  const table = CANONICAL_TYPES.filter((type) => type !== "message.progress").map((type) => {
    const message = type.startsWith("message.") ? text("sms") : null;
    const nameIn = (dialect: "zipwhip" | "sendblue" | "chirp") =>
      findDialectEvent(dialect, { type, message });
    return [type, nameIn("zipwhip"), nameIn("sendblue"), nameIn("chirp")];
  });
  assert.deepEqual(table, [
    ["message.received", "message/receive", "receive", "messages.sms.received"],
    ["message.sent", "message/send", "outbound", null],
    ["message.read", "message/read", null, null],
    ["message.deleted", "message/delete", null, null],
    ["optout.changed", "optout/change", null, null],
    ["call.logged", null, "call_log", null],
    ["contact.created", null, "contact_created", "contacts.whatsapp.created"],
    ["contact.updated", null, null, "contacts.whatsapp.updated"],
    ["contact.deleted", null, null, "contacts.whatsapp.deleted"],
    ["line.assigned", null, "line_assigned", null],
    ["line.blocked", null, "line_blocked", null],
    ["typing.changed", null, "typing_indicator", null],
    ["template.created", null, null, "templates.whatsapp.created"],
    ["template.updated", null, null, "templates.whatsapp.updated"],
    ["template.deleted", null, null, "templates.whatsapp.deleted"],
    ["template.connected", null, null, "templates.whatsapp.connected"],
    ["whatsapp_account.connected", null, null, "whatsapp.account.connected"],
    ["whatsapp_account.disconnected", null, null, "whatsapp.account.disconnected"],
  ]);
});

test("each status of a message has these events in the dialects", () => {
  const type = "message.progress";
  const table = STATUSES.map((status) => [
    status,
    findDialectEvent("zipwhip", { type, message: text("sms", status) }),
    findDialectEvent("sendblue", { type, message: text("sms", status) }),
    findDialectEvent("chirp", { type, message: text("sms", status) }),
    findDialectEvent("chirp", { type, message: text("whatsapp", status) }),
  ]);
  const zipwhip = "message/progress";
  const [sms, whatsapp] = ["messages.sms", "messages.whatsapp"];
  assert.deepEqual(table, [
    ["in_process", zipwhip, "outbound", null, null],
    ["queued", zipwhip, "outbound", null, null],
    ["sent", zipwhip, "outbound", `${sms}.sent`, `${whatsapp}.sent`],
    ["delivered_to_carrier", zipwhip, "outbound", `${sms}.sent`, `${whatsapp}.sent`],
    ["carrier_failed", zipwhip, "outbound", `${sms}.failed`, `${whatsapp}.failed`],
    ["handset_failed", zipwhip, "outbound", `${sms}.failed`, `${whatsapp}.failed`],
    ["blocked", zipwhip, "outbound", `${sms}.failed`, `${whatsapp}.failed`],
    ["delivered_to_handset", zipwhip, "outbound", `${sms}.delivered`, `${whatsapp}.delivered`],
    ["read_by_recipient", null, null, null, `${whatsapp}.read`],
  ]);
});

test("a dialect with fewer statuses does not get the same status twice", () => {
  const type = "message.progress";
  const facts = {
    type,
    message: text("sms", "delivered_to_carrier"),
    previousStatus: "sent",
  } as const;
  assert.equal(findDialectEvent("zipwhip", facts), "message/progress");
  assert.equal(findDialectEvent("sendblue", facts), null);
  assert.equal(findDialectEvent("chirp", facts), null);
  const first = { ...facts, previousStatus: "queued" } as const;
  assert.equal(findDialectEvent("sendblue", first), "outbound");
  assert.equal(findDialectEvent("chirp", first), "messages.sms.sent");
});

test("Sendblue does not get a sent message whose status it has from a report", () => {
  const facts = (status: MessageStatus | null, deliveredAt: number | null = null) => ({
    type: "message.sent",
    message: { ...text("sms", status), deliveredAt },
    previousStatus: status,
  });
  for (const status of STATUSES) {
    const isShown = status !== "read_by_recipient";
    assert.equal(findDialectEvent("sendblue", facts(status)), isShown ? null : "outbound", status);
    assert.equal(findDialectEvent("zipwhip", facts(status)), "message/send");
  }
  assert.equal(findDialectEvent("sendblue", facts("read_by_recipient", 1)), null);
  assert.equal(findDialectEvent("sendblue", facts(null)), "outbound");
});

test("Chirp gets a contact event only when the contact may be one of WhatsApp", () => {
  const type = "contact.created";
  const toName = (contactChannel: Channel) =>
    findDialectEvent("chirp", { type, message: null, contactChannel });
  assert.equal(toName("sms"), null);
  assert.equal(toName("whatsapp"), "contacts.whatsapp.created");
});

test("WhatsApp texts are WhatsApp events of Chirp, texts of all other channels its sms events", () => {
  const toName = (channel: Channel) =>
    findDialectEvent("chirp", { type: "message.received", message: text(channel) });
  assert.equal(toName("whatsapp"), "messages.whatsapp.received");
  for (const channel of ["sms", "mms", "imessage", "rcs"] as const) {
    assert.equal(toName(channel), "messages.sms.received");
  }
});

test("Sendblue sends one webhook per picture, the others one per event", () => {
  const facts = { type: "message.received", message: text("mms", null, 3) };
  assert.deepEqual(
    DIALECTS.map((dialect) => listWebhooks({ dialect, eventTypes: null }, facts)),
    [[0], [0], [0, 1, 2], [0]],
  );
  const sendblue = { dialect: "sendblue", eventTypes: null } as const;
  assert.deepEqual(listWebhooks(sendblue, { ...facts, message: text("sms") }), [0]);
  assert.deepEqual(listWebhooks(sendblue, { type: "call.logged", message: null }), [0]);
});

test("the first generation of Chirp has names for three events of texts, and for none of WhatsApp", () => {
  const toNames = (channel: Channel) =>
    [
      findDialectEvent("chirp", { type: "message.received", message: text(channel) }),
      ...STATUSES.map((status) =>
        findDialectEvent("chirp", { type: "message.progress", message: text(channel, status) }),
      ),
    ].map((name) => (name === null ? null : findOlderName("chirp", name)));
  assert.deepEqual(new Set(toNames("sms")), new Set(["MESSAGE_CREATED", null, ...SENT_NAMES]));
  assert.deepEqual(new Set(toNames("whatsapp")), new Set([null]));
  assert.equal(findOlderName("svix", "messages.sms.received"), null);
});

const SENT_NAMES = ["MESSAGE_SENT", "MESSAGE_DELIVERED"];

test("a Chirp endpoint gets the older form only under an older name alone", () => {
  const facts = { type: "message.received", message: text("sms") };
  const listed = (...eventTypes: readonly string[]) =>
    listWebhooks({ dialect: "chirp", eventTypes }, facts);
  assert.deepEqual(listed("MESSAGE_CREATED"), [1]);
  assert.deepEqual(listed("MESSAGE_CREATED", "messages.sms.received"), [0]);
  assert.deepEqual(listed("messages.sms.received"), [0]);
  assert.deepEqual(listed("MESSAGE_SENT"), [0]);
});

test("each message status has its Sendblue status", () => {
  assert.equal(findSendblueStatus("blocked"), "DECLINED");
  assert.equal(findSendblueStatus("read_by_recipient"), null);
});
