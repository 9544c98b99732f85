/** An Idempotency-Key applies to one caller, method and path, and repeats the first answer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "One", uid: "one" });
  await api.svix.application.create({ name: "Two", uid: "two" });
});
after(() => api[Symbol.asyncDispose]());

const headers = { "idempotency-key": "k" };

test("every POST of the SDK returns the first answer to a repeat", async () => {
  const url = "https://example.com/";
  const { id } = await api.svix.endpoint.create("one", { url });
  const posts: [path: string, body: object | undefined][] = [
    ["/app", { name: "a", uid: "repeated" }],
    ["/app?get_if_exists=true", { name: "a", uid: "found" }],
    ["/event-type", { name: "x.y", description: "d" }],
    ["/app/one/endpoint", { url, uid: "repeated" }],
    ["/app/one/msg", { eventType: "x.y", eventId: "repeated", payload: { n: 1e2 } }],
    [`/app/one/endpoint/${id}/send-example`, { eventType: "message.received" }],
  ];
  for (const [index, [path, body]] of posts.entries()) {
    const more = { body, headers: { "idempotency-key": `post-${index}` } };
    const first = await api.call("POST", path, more);
    assert.ok(first.status < 300, first.text);
    const second = await api.call("POST", path, more);
    assert.equal(second.status, first.status, path);
    assert.equal(second.text, first.text, path);
  }
});

test("a repeated rotation rotates once", async () => {
  const { id } = await api.svix.endpoint.create("one", { url: "https://example.com/" });
  const rotate = () =>
    api.call("POST", `/app/one/endpoint/${id}/secret/rotate`, { body: {}, headers });
  const first = await rotate();
  assert.equal(first.status, 200);
  const { key } = await api.svix.endpoint.getSecret("one", id);
  const second = await rotate();
  assert.equal(second.status, 200);
  assert.equal(second.text, first.text);
  assert.deepEqual(await api.svix.endpoint.getSecret("one", id), { key });
});

test("another path or another caller has separate keys", async () => {
  const body = { eventType: "x.y", payload: {} };
  const publish = (app: string, more: object = {}) =>
    api.call("POST", `/app/${app}/msg`, { body, headers, ...more });
  const one = await publish("one");
  const two = await publish("two");
  const made = await api.call("POST", "/app/one/key", { body: { kind: "publish" } });
  const { key } = made.body as { readonly key: string };
  const byKey = await publish("one", { token: key });
  const ids = [one, two, byKey].map((answer) => (answer.body as { readonly id: string }).id);
  assert.equal(new Set(ids).size, 3);
});

test("the id and the uid of an application are one path", async () => {
  const { id } = await api.svix.application.get("one");
  const repeated = { headers: { "idempotency-key": "by-id" } };
  const calls: [path: string, body: object][] = [
    ["msg", { eventType: "x.y", payload: { n: 1 } }],
    ["msg/batch", [{ eventType: "x.y", payload: { n: 2 } }]],
    ["endpoint", { url: "https://example.com/" }],
    ["line", { number: "+12065550134", username: "line-by-id", password: "correct horse" }],
  ];
  for (const [path, body] of calls) {
    const first = await api.call("POST", `/app/${id}/${path}`, { body, ...repeated });
    assert.ok(first.status < 300, first.text);
    const ids = (text: string) => text.match(/"id":"[^"]+"/g);
    const again = await api.call("POST", `/app/one/${path}`, { body, ...repeated });
    assert.deepEqual([again.status, ids(again.text)], [first.status, ids(first.text)], path);
    const other = await api.call("POST", `/app/two/${path}`, { body, ...repeated });
    assert.notDeepEqual(ids(other.text), ids(first.text), path);
  }
});

test("another body under the same key is refused, and an invalid key too", async () => {
  const publish = (payload: object, key: string) =>
    api.call("POST", "/app/one/msg", {
      body: { eventType: "x.y", payload },
      headers: { "idempotency-key": key },
    });
  assert.equal((await publish({ a: 1 }, "other-body")).status, 202);
  const answer = await publish({ a: 2 }, "other-body");
  assert.equal(answer.status, 422);
  assert.match(answer.text, /"header","idempotency-key"/);
  assert.equal((await publish({}, "x".repeat(257))).status, 422);
});

test("an empty key is none", async () => {
  const body = { eventType: "x.y", payload: {} };
  const publish = () =>
    api.call("POST", "/app/one/msg", { body, headers: { "idempotency-key": "" } });
  const [first, second] = [await publish(), await publish()];
  assert.deepEqual([first.status, second.status], [202, 202], first.text);
  const ids = [first, second].map((answer) => (answer.body as { readonly id: string }).id);
  assert.notEqual(ids[0], ids[1]);
});
