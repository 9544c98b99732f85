import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AT,
  CONTACT,
  LINE,
  openRegister,
  progress,
  received,
  sent,
  toEndpoint,
  toEvent,
} from "../../../test/contract/decide.ts";
import { fc } from "../../../test/harness/property.ts";
import type { Message } from "../snapshot.ts";
import { MESSAGE_STATUSES, type MessageStatus } from "./message-status.ts";

const WHOLE = { channel: "sms", from: LINE, to: CONTACT };
const STATUSES = Object.keys(MESSAGE_STATUSES) as MessageStatus[];

function sentAs(id: string, more: object = {}) {
  return toEvent("message.sent", { message: { ...WHOLE, id, text: "Hi", ...more } });
}

test("a message that a report created is completed and delivered by its own event, with its ids and status", () => {
  const app = openRegister();
  const reported = app.accept(progress("out-1", "delivered_to_handset", WHOLE)).snapshot.message;
  assert.equal(reported?.isFromReport, true);
  const media = [{ url: "https://media.example/a.png", contentType: "image/png" }];
  const own = sentAs("out-1", { media, channel: "mms", sentAt: "2026-05-06T03:00:00Z" });
  const { snapshot, change, deliveries, tags } = app.accept(own);
  const { isFromReport: _, ...kept } = reported ?? assert.fail();
  assert.deepEqual(snapshot.message, {
    ...kept,
    text: "Hi",
    media,
    channel: "mms",
    createdAt: Date.parse("2026-05-06T03:00:00Z"),
  });
  assert.deepEqual([change.message, tags], [snapshot.message, []]);
  assert.deepEqual(deliveries, [{ endpointId: "ep_all", webhookIndex: 0 }]);
  assert.equal(app.refuse(sentAs("out-1")).code, "conflict");
});

test("a received text that was reported as read is completed, and opts out then", () => {
  const app = openRegister();
  const message = { id: "in-1", channel: "sms", from: CONTACT, to: LINE };
  app.accept(toEvent("message.read", { message }));
  const { snapshot, derived } = app.accept(received("in-1", "STOP"));
  assert.deepEqual([snapshot.message?.text, snapshot.message?.readAt], ["STOP", AT]);
  assert.equal(snapshot.conversation?.optedOut, true);
  assert.deepEqual(
    derived.map(({ type }) => type),
    ["optout.changed"],
  );
});

test("two different messages under one id are still a conflict, which names the field", () => {
  const report = progress("out-1", "sent", { ...WHOLE, text: "Hi" });
  const others = {
    text: sentAs("out-1", { text: "Something else" }),
    to: sentAs("out-1", { to: "+12065550111" }),
    from: sentAs("out-1", { from: "74141" }),
    channel: sentAs("out-1", { channel: "whatsapp" }),
    direction: received("out-1", "Hi"),
  };
  for (const [field, own] of Object.entries(others)) {
    const app = openRegister();
    app.accept(report);
    const refusal = app.refuse(own);
    assert.equal(refusal.code, "conflict");
    assert.deepEqual(refusal.path, ["payload", "message", "id"]);
    assert.ok(refusal.message.includes(`with another ${field};`), refusal.message);
    assert.equal(app.accept(sentAs("out-1")).deliveries.length, 1);
  }
  const app = openRegister();
  app.accept(sent("out-1"));
  assert.equal(app.refuse(sent("out-1")).code, "conflict");
});

test("attachments that a report brought keep their keys", () => {
  const app = openRegister();
  const media = [{ url: "https://media.example/a.png?sig=1", contentType: "image/png" }];
  const text = "x".repeat(701);
  const first = app.accept(progress("out-1", "sent", { ...WHOLE, text, media })).snapshot.message;
  const again = [{ url: "https://media.example/a.png?sig=2", contentType: "image/png" }];
  const { message } = app.accept(sentAs("out-1", { text, media: again })).snapshot;
  assert.deepEqual(message?.media, media);
  assert.deepEqual(message.textAttachment, first?.textAttachment);
  const late = openRegister();
  late.accept(progress("out-1", "sent", WHOLE));
  const { textAttachment } = late.accept(sentAs("out-1", { text })).snapshot.message as Message;
  assert.notEqual(textAttachment, null);
});

test("wherever its own event comes among the reports, a message ends the same, and each status reaches Sendblue once", () => {
  const statuses = fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(statuses, fc.nat({ max: 8 }), (reports, place) => {
      const app = openRegister([
        toEndpoint(),
        toEndpoint({ endpointId: "s", dialect: "sendblue" }),
      ]);
      const plain = openRegister();
      plain.accept(sentAs("out-1"));
      const events = reports.map((status) => progress("out-1", status, WHOLE));
      for (const event of events) plain.accept(event);
      events.splice(place, 0, sentAs("out-1"));
      const shown: string[] = [];
      const ids = new Set<string | undefined>();
      for (const event of events) {
        const { snapshot, deliveries } = app.accept(event);
        ids.add(`${snapshot.message?.snowflake} ${snapshot.message?.handle}`);
        if (deliveries.some(({ endpointId }) => endpointId === "s")) {
          const { status } = snapshot.message as Message;
          shown.push(status === "delivered_to_carrier" ? "sent" : (status ?? "registered"));
        }
      }
      const withoutIds = (message: Message | undefined) => ({
        ...message,
        snowflake: 0,
        handle: "",
        ksuid: "",
      });
      assert.deepEqual(
        withoutIds(app.messages.get("out-1")),
        withoutIds(plain.messages.get("out-1")),
      );
      assert.equal(ids.size, 1);
      const failures = shown.map((status) => status.replace("handset_", "carrier_"));
      assert.deepEqual(failures, [...new Set(failures)]);
      assert.equal(app.deliveredTypes().filter((type) => type === "message.sent").length > 0, true);
    }),
  );
});
