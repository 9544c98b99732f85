/** Webhooks over HTTP, as document 004 shows them, against a whole server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openChirpApp, toWebhook } from "../../../../test/harness/chirp-app.ts";
import type { ChirpApp, Webhook } from "../../../../test/harness/chirp-app.ts";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { CHIRP_EVENTS } from "../webhooks/events.ts";

/** The webhook as document 004 prints it, keys in its order. */
const DOCUMENTED_KEYS = ["id", "appId", "url", "events", "headers", "createdAt", "updatedAt"];
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const HOOK = { url: "https://example.com/webhook", events: ["messages.sms.received"] };

let api: NativeApi;
let app: ChirpApp;
before(async () => {
  api = await startNativeApi({ HOOKLINE_HTTP_URLS: "dialect" });
  app = await openChirpApp(api, { name: "My App" });
});
after(() => api[Symbol.asyncDispose]());

async function make(owner: ChirpApp, more: object = {}): Promise<Webhook> {
  return toWebhook(await owner.call("POST", "/webhooks", { body: { ...HOOK, ...more } }), 201);
}

async function list(owner: ChirpApp): Promise<readonly Webhook[]> {
  const answer = await owner.call("GET", "/webhooks");
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Webhook[];
}

test("the PUT of document 004 works as printed", async () => {
  const headers = { "X-Custom-Header": "value" };
  const before = await make(app, {
    events: ["messages.sms.received", "messages.whatsapp.sent"],
    headers,
  });
  const printed = `
{
  "url": "https://example.com/webhook",
  "events": [
    "messages.sms.sent",
    "messages.whatsapp.sent"
  ],
  "headers": {
    "X-Custom-Header": "new-value"
  }
}
`;
  const answer = await app.call("PUT", `/webhooks/${before.id}`, { raw: printed });
  const changed = toWebhook(answer, 200);
  assert.deepEqual(Object.keys(changed), DOCUMENTED_KEYS);
  assert.deepEqual(changed, {
    ...before,
    ...(JSON.parse(printed) as object),
    updatedAt: changed.updatedAt,
  });
  assert.match(changed.updatedAt, SECONDS);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json\b/);
  assert.deepEqual(toWebhook(await app.call("GET", `/webhooks/${before.id}`), 200), changed);
});

test("the id of a webhook shows whether its app is live or a test app", async () => {
  const live = await make(app);
  assert.deepEqual(Object.keys(live), DOCUMENTED_KEYS);
  assert.match(live.id, /^whk_[0-9A-Za-z]{27}$/);
  assert.match(live.appId, /^app_[0-9A-Za-z]{27}$/);
  assert.match(live.createdAt, SECONDS);
  assert.equal(live.appId, app.id);
  const testApp = await openChirpApp(api, { name: "Test", test: true });
  assert.match(testApp.key, /^sk_test_app_/);
  const made = await make(testApp);
  assert.match(made.id, /^whk_test_[0-9A-Za-z]{27}$/);
  assert.match(made.appId, /^app_test_[0-9A-Za-z]{27}$/);
  assert.deepEqual(await list(testApp), [made]);
});

test("all 18 events can be selected, and each counts once", async () => {
  const events = [...CHIRP_EVENTS, ...CHIRP_EVENTS.toReversed()];
  assert.deepEqual((await make(app, { events })).events, CHIRP_EVENTS);
});

test("a webhook without custom headers has an empty headers object", async () => {
  const made = await make(app);
  assert.deepEqual(made.headers, {});
  const { id } = await make(app, { headers: { "X-Secret": "s", "user-agent": "mine" } });
  const cleared = await app.call("PUT", `/webhooks/${id}`, { body: { headers: {} } });
  assert.deepEqual(toWebhook(cleared, 200).headers, {});
});

test("a PUT replaces each given field and leaves the others", async () => {
  const made = await make(app, { headers: { "X-One": "1" } });
  const changes = [
    { url: "https://example.com/other" },
    { events: ["messages.whatsapp.read", "messages.whatsapp.read"] },
    { headers: { "X-Two": "2" } },
    {},
  ];
  let expected: object = made;
  for (const body of changes) {
    expected = {
      ...expected,
      ...body,
      ...("events" in body && { events: [changes[1]?.events?.[0]] }),
    };
    const changed = toWebhook(await app.call("PUT", `/webhooks/${made.id}`, { body }), 200);
    assert.deepEqual({ ...changed, updatedAt: made.updatedAt }, expected);
  }
});

test("the list is a bare array with the newest last, and a deleted webhook is no longer in it", async () => {
  const owner = await openChirpApp(api, { name: "List" });
  assert.deepEqual(await list(owner), []);
  const made = [await make(owner), await make(owner), await make(owner)];
  assert.deepEqual(await list(owner), made);
  const deleted = await owner.call("DELETE", `/webhooks/${made[1]?.id}`);
  assert.equal(deleted.status, 200);
  assert.deepEqual(deleted.body, { message: "Webhook deleted successfully" });
  assert.deepEqual(await list(owner), [made[0], made[2]]);
  assert.equal((await owner.call("GET", `/webhooks/${made[1]?.id}`)).status, 404);
});

test("webhooks of another app or another dialect are not found, like unknown ones", async () => {
  const owner = await openChirpApp(api, { name: "Owner" });
  const other = await openChirpApp(api, { name: "Other" });
  const foreign = (await make(other)).id;
  const native = (
    await api.svix.endpoint.create(owner.id, { url: "https://example.com/", uid: "u" })
  ).id;
  for (const id of [foreign, native, "u", `whk_${"0".repeat(27)}`, "whk_", "a".repeat(300)]) {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? { body: { url: "https://example.com/stolen" } } : {};
      const answer = await owner.call(method, `/webhooks/${id}`, body);
      assert.equal(answer.status, 404, `${method} ${id}: ${answer.text}`);
      const { error } = answer.body as { error: { type: string; message: string } };
      assert.equal(error.type, "invalid_request_error");
      assert.ok(!answer.text.includes("example.com"));
    }
  }
  const nul = await owner.call("GET", "/webhooks/%00");
  assert.equal(nul.status, 400);
  assert.match(nul.text, /U\+0000/);
  assert.equal((await list(other))[0]?.url, HOOK.url);
  assert.deepEqual(await list(owner), []);
  assert.equal((await api.svix.endpoint.list(owner.id)).data.length, 1);
});

test("a repeat with the same Idempotency-Key returns the first webhook", async () => {
  const owner = await openChirpApp(api, { name: "Once" });
  const headers = { "idempotency-key": "k-1" };
  const first = await owner.call("POST", "/webhooks", { body: HOOK, headers });
  const second = await owner.call("POST", "/webhooks", { body: HOOK, headers });
  assert.equal(second.text, first.text);
  assert.equal((await list(owner)).length, 1);
  const another = await owner.call("POST", "/webhooks", {
    body: { ...HOOK, events: ["messages.sms.sent"] },
    headers,
  });
  assert.equal(another.status, 409);
});

test("a revoked key is refused everywhere", async () => {
  const owner = await openChirpApp(api, { name: "Revoked" });
  const { body } = await api.call("GET", `/app/${owner.id}/key`);
  const [key] = (body as { data: { id: string }[] }).data;
  assert.equal((await api.call("DELETE", `/app/${owner.id}/key/${key?.id}`)).status, 204);
  assert.equal((await owner.call("GET", "/webhooks")).status, 401);
});
