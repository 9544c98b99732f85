/**
 * `HOOKLINE_BUILTIN_EVENT_TYPES=off`: no event type is built in. Names and payloads are the publishers' own, and only
 * the native API is there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { catchRefusal, startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const OFF = { HOOKLINE_BUILTIN_EVENT_TYPES: "off" };

test("without built-in types every name is free, no payload is checked, and the list shows only registered types", async () => {
  await using receiver = await startReceiver();
  await using api = await startNativeApi(OFF);
  assert.deepEqual((await api.svix.eventType.list()).data, []);
  await api.svix.application.create({ name: "Shop", uid: "shop" });
  await api.svix.endpoint.create("shop", { url: receiver.url });
  const types = ["message.received", "message.recieved", "optout.changed", "contact.created"];
  for (const eventType of types) {
    await api.svix.message.create("shop", { eventType, payload: { own: eventType } });
  }
  await receiver.until(() => receiver.receipts.length === types.length);
  assert.deepEqual(
    new Set(receiver.receipts.map(({ body }) => body)),
    new Set(types.map((own) => JSON.stringify({ own }))),
  );
  const page = await api.svix.message.list("shop", { limit: 50 });
  assert.equal(page.data.length, types.length, "a text derives no contact and no opt-out");

  const asking = { url: receiver.url, eventTypes: ["message.received"] };
  assert.equal((await catchRefusal(api.svix.endpoint.create("shop", asking))).code, 422);
  await api.svix.eventType.create({ name: "message.received", description: "a chat message" });
  assert.deepEqual((await api.svix.endpoint.create("shop", asking)).eventTypes, asking.eventTypes);
  assert.deepEqual(
    (await api.svix.eventType.list()).data.map(({ name }) => name),
    ["message.received"],
  );
  const reserved = api.svix.message.create("shop", { eventType: "endpoint.created", payload: {} });
  assert.equal((await catchRefusal(reserved)).code, 422);
});

test("without built-in types the payload of a built-in name may be of any size and kind", async () => {
  await using api = await startNativeApi(OFF);
  await api.svix.application.create({ name: "Shop", uid: "shop" });
  const payload = { list: Array.from({ length: 20_000 }, (_, i) => i) };
  const body = { eventType: "message.sent", payload };
  const single = await api.call("POST", "/app/shop/msg", { body });
  assert.equal(single.status, 202, single.text);
  const batch = await api.call("POST", "/app/shop/msg/batch", { body: [body] });
  assert.equal(batch.status, 202, batch.text);
});

test("without built-in types the other APIs are not there, and a server with none is refused", async () => {
  await using api = await startNativeApi(OFF);
  for (const path of ["/user/login", "/api/account/webhooks", "/v1/webhooks"]) {
    const { status } = await fetch(`${api.url}${path}`);
    assert.equal(status, 404, path);
  }
  await assert.rejects(startNativeApi({ ...OFF, HOOKLINE_APIS: "zipwhip" }), /add svix to/);
});
