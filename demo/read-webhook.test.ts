import assert from "node:assert/strict";
import { test } from "node:test";
import { readWebhook } from "./read-webhook.ts";

const ODD_ID = "1327295480212647937";

test("a native webhook names its event in a header, and its message by the publisher's id", () => {
  const eventHeader = "message.received";
  const read = readWebhook("svix", { path: "", eventHeader, body: '{"message":{"id":"m-1"}}' });
  assert.deepEqual(read, { event: eventHeader, state: "", ids: [{ name: "id", value: "m-1" }] });
});

test("the path of a Zipwhip webhook names the event, and its id keeps every digit", () => {
  const body = `{"id":${ODD_ID},"statusCode":4}`;
  const read = readWebhook("zipwhip", { path: "message/progress", eventHeader: "", body });
  assert.deepEqual(read, {
    event: "message/progress",
    state: "4",
    ids: [{ name: "id", value: ODD_ID }],
  });
});

test("a Zipwhip opt-out has the id as a string", () => {
  const body = `{"messageId":"${ODD_ID}","type":"STOP"}`;
  const { state, ids } = readWebhook("zipwhip", { path: "optout/change", eventHeader: "", body });
  assert.equal(state, "STOP");
  assert.deepEqual(ids, [{ name: "messageId", value: ODD_ID }]);
});

test("the webhooks of two pictures are distinguished by the picture", () => {
  const body =
    '{"message_handle":"h","status":"RECEIVED","media_url":"https://example.com/a/b.jpg"}';
  const { event, state, ids } = readWebhook("sendblue", { path: "receive", eventHeader: "", body });
  assert.equal(event, "receive");
  assert.equal(state, "");
  assert.deepEqual(ids, [
    { name: "media_url", value: "/b.jpg" },
    { name: "message_handle", value: "h" },
  ]);
});

test("a Chirp webhook names its event in the body", () => {
  const body = '{"event":"messages.sms.sent","data":{"message":{"id":"msg_sms_1"}}}';
  const read = readWebhook("chirp", { path: "", eventHeader: "", body });
  assert.equal(read.event, "messages.sms.sent");
  assert.deepEqual(read.ids, [{ name: "id", value: "msg_sms_1" }]);
});
