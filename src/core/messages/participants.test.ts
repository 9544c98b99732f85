import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONTACT,
  LINE,
  progress,
  received,
  sent,
  toEvent,
  toExample,
} from "../../../test/contract/decide.ts";
import { toParticipants } from "./participants.ts";

test("participants follow from the direction, else from the payload", () => {
  assert.deepEqual(toParticipants(received("in-1"), null), {
    line: LINE,
    contact: CONTACT,
    userId: null,
  });
  assert.deepEqual(toParticipants(sent("out-1"), null), {
    line: LINE,
    contact: CONTACT,
    userId: null,
  });
  assert.deepEqual(toParticipants(progress("out-1", "queued"), null), {
    line: null,
    contact: null,
    userId: null,
  });
  assert.deepEqual(toParticipants(toExample("line.blocked"), null), {
    line: LINE,
    contact: null,
    userId: null,
  });
  const sender = { id: "a", channel: "sms", from: "ACME", to: CONTACT, text: "" };
  const bySender = toEvent("message.sent", { message: sender });
  assert.deepEqual(toParticipants(bySender, null), { line: null, contact: CONTACT, userId: null });
  const withLine = toEvent("message.sent", { message: sender, line: "74141" });
  assert.deepEqual(toParticipants(withLine, null), {
    line: "74141",
    contact: CONTACT,
    userId: null,
  });
});

test("a user id stands beside the number of the contact, or is its address", () => {
  const userId = "US.13491208655302741918";
  const whole = { id: "a", channel: "whatsapp", from: CONTACT, to: LINE, text: "" };
  const toNamed = (message: object) => {
    const { contact, userId: id } = toParticipants(toEvent("message.received", { message }), null);
    return [contact, id];
  };
  assert.deepEqual(toNamed({ ...whole, fromUserId: userId }), [CONTACT, userId]);
  assert.deepEqual(toNamed({ ...whole, from: userId }), [userId, userId]);
  const call = { line: LINE, contact: CONTACT, direction: "inbound", status: "ended" };
  const called = toEvent("call.logged", { ...call, contactUserId: userId });
  assert.deepEqual(toParticipants(called, null), { line: LINE, contact: CONTACT, userId });
  const changed = toEvent("contact.updated", { contact: { number: CONTACT, userId } });
  assert.deepEqual(toParticipants(changed, null), { line: null, contact: CONTACT, userId });
});
