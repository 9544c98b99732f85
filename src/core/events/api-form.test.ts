/** The form of an event in each API follows from the event alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS } from "../snapshot.ts";
import { findApiForm, NO_FORM_REASONS, noFormSentence } from "./api-form.ts";
import type { DialectFacts } from "./dialect-events.ts";

const picture = { url: "https://example.com/a.png", contentType: "image/png" };
const message = { channel: "sms", status: "sent", media: [picture, picture] } as const;
const account = {};

/** `name × requests`, or the reason. */
function formsOf(facts: DialectFacts, isSuppressed = false) {
  return DIALECTS.map((dialect) => {
    const form = findApiForm(dialect, { facts, isSuppressed });
    return form.kind === "sent" ? `${form.name} × ${form.webhooks.length}` : form.reason;
  });
}

test("an event has the name and the requests of each API, or the reason for having none", () => {
  assert.deepEqual(formsOf({ type: "message.received", message, account }), [
    "message.received × 1",
    "message/receive × 1",
    "receive × 2",
    "messages.sms.received × 1",
  ]);
  assert.deepEqual(formsOf({ type: "message.read", message, account }), [
    "message.read × 1",
    "message/read × 1",
    "no_such_event",
    "no_such_event",
  ]);
  const progress = { type: "message.progress", account } as const;
  const carried = { ...message, status: "delivered_to_carrier" } as const;
  assert.deepEqual(formsOf({ ...progress, message: carried, previousStatus: "sent" }), [
    "message.progress × 1",
    "message/progress × 1",
    "already_notified",
    "already_notified",
  ]);
});

test("only the native API sends a payload that is not read, and none an event without news", () => {
  const unread = ["order.paid × 1", "not_read", "not_read", "not_read"];
  assert.deepEqual(formsOf({ type: "order.paid", message: null, account: null }), unread);
  const nothing = Array.from(DIALECTS, () => "nothing_new");
  assert.deepEqual(formsOf({ type: "message.read", message, account }, true), nothing);
});

test("each reason is a sentence", () => {
  for (const reason of NO_FORM_REASONS) assert.match(noFormSentence(reason), /^[A-Z].*\.$/);
});
