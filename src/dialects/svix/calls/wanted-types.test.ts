/** The event types that an endpoint selects. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

const URL = "https://example.com/";
const ENDPOINTS = "/app/a/endpoint";
const OPERATIONAL = "/operational-webhook/endpoint";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
  await api.svix.eventType.create({ name: "order.paid", description: "" });
});
after(() => api[Symbol.asyncDispose]());

test("an empty list of types selects all, in create and in update, under both names", async () => {
  const some: readonly (readonly [string, string, string])[] = [
    [ENDPOINTS, "filterTypes", "message.sent"],
    [ENDPOINTS, "eventTypes", "message.sent"],
    [OPERATIONAL, "eventTypes", "endpoint.disabled"],
  ];
  for (const [path, name, type] of some) {
    const uid = `all-${name}`;
    const made = await api.call("POST", path, { body: { url: URL, uid, [name]: [] } });
    assert.equal(made.status, 201, made.text);
    assert.equal(toTypes(made.body), null);
    const narrow = { url: URL, uid, [name]: [type] };
    const narrowed = await api.call("PUT", `${path}/${uid}`, { body: narrow });
    assert.deepEqual(toTypes(narrowed.body), [type], narrowed.text);
    const wide = await api.call("PUT", `${path}/${uid}`, { body: { url: URL, uid, [name]: [] } });
    assert.equal(toTypes(wide.body), null);
  }
  const patched = await api.call("PATCH", `${ENDPOINTS}/all-eventTypes`, {
    body: { filterTypes: [] },
  });
  assert.equal(toTypes(patched.body), null, patched.text);
  for (const both of [
    { filterTypes: [], eventTypes: [] },
    { filterTypes: [], eventTypes: null },
    { filterTypes: null, eventTypes: [] },
  ]) {
    const made = await api.call("POST", ENDPOINTS, { body: { url: URL, ...both } });
    assert.equal(made.status, 201, made.text);
    assert.equal(toTypes(made.body), null);
  }
});

test("an unregistered type that a call adds is refused by name, and one that the endpoint already has is kept", async () => {
  const unknown = { url: URL, filterTypes: ["message.sent", "order.lost"] };
  const refused = await api.call("POST", ENDPOINTS, { body: unknown });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /"loc":\["body","eventTypes","1"\].*order\.lost/);

  const body = { url: URL, uid: "kept", filterTypes: ["order.paid", "message.sent"] };
  assert.equal((await api.call("POST", ENDPOINTS, { body })).status, 201);
  await api.svix.eventType.delete("order.paid", { expunge: true });
  const kept = await api.call("PATCH", `${ENDPOINTS}/kept`, {
    body: { description: "d", filterTypes: ["order.paid"] },
  });
  assert.equal(kept.status, 200, kept.text);
  const put = await api.call("PUT", `${ENDPOINTS}/kept`, {
    body: { ...body, filterTypes: ["order.paid", "message.received"] },
  });
  assert.equal(put.status, 200, put.text);
  const added = await api.call("PATCH", `${ENDPOINTS}/kept`, {
    body: { filterTypes: ["order.paid", "order.lost"] },
  });
  assert.equal(added.status, 422, added.text);
  assert.match(added.text, /order\.lost/);
});

function toTypes(body: unknown): unknown {
  return (body as { readonly eventTypes: unknown }).eventTypes;
}
