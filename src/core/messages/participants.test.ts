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
  assert.deepEqual(toParticipants(received("in-1"), null), { line: LINE, contact: CONTACT });
  assert.deepEqual(toParticipants(sent("out-1"), null), { line: LINE, contact: CONTACT });
  assert.deepEqual(toParticipants(progress("out-1", "queued"), null), {
    line: null,
    contact: null,
  });
  assert.deepEqual(toParticipants(toExample("line.blocked"), null), { line: LINE, contact: null });
  const sender = { id: "a", channel: "sms", from: "ACME", to: CONTACT, text: "" };
  const bySender = toEvent("message.sent", { message: sender });
  assert.deepEqual(toParticipants(bySender, null), { line: null, contact: CONTACT });
  const withLine = toEvent("message.sent", { message: sender, line: "74141" });
  assert.deepEqual(toParticipants(withLine, null), { line: "74141", contact: CONTACT });
});
