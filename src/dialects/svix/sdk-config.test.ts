/** Applications, endpoints and event types through the official SDK, against a whole server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Ordering } from "svix";
import { CANONICAL_TYPES } from "../../core/events/canonical-events.ts";
import { catchRefusal, startNativeApi, type NativeApi } from "../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

describe("application", () => {
  test("is created, found by id and by uid, changed, put and deleted", async () => {
    const { application } = api.svix;
    const made = await application.create({
      name: "One",
      uid: "one",
      metadata: { a: "b" },
    });
    assert.match(made.id, /^app_[0-9A-Za-z]{27}$/);
    assert.ok(made.createdAt instanceof Date);
    assert.deepEqual(await application.get(made.id), made);
    assert.deepEqual(await application.get("one"), made);
    const patched = await application.patch("one", { name: "Uno", throttleRate: 7 });
    assert.equal(patched.name, "Uno");
    assert.equal(patched.throttleRate, 7);
    assert.deepEqual(patched.metadata, { a: "b" });
    const put = await application.upsert("one", { name: "Again" });
    assert.equal(put.id, made.id);
    assert.deepEqual(put.metadata, {});
    assert.equal(put.uid, "one");
    const fresh = await application.upsert("two", { name: "Two" });
    assert.equal(fresh.uid, "two");
    await application.delete("two");
    assert.equal((await catchRefusal(application.get("two"))).code, 404);
  });

  test("with the uid of another is a conflict, and getOrCreate returns the other", async () => {
    const { application } = api.svix;
    const made = await application.create({ name: "Taken", uid: "taken" });
    const { code, body } = await catchRefusal(application.create({ name: "Taken", uid: "taken" }));
    assert.equal(code, 409);
    assert.equal(body.code, "conflict");
    assert.deepEqual(await application.getOrCreate({ name: "Other", uid: "taken" }), made);
    const fresh = await application.getOrCreate({ name: "Fresh", uid: "fresh" });
    assert.equal(fresh.uid, "fresh");
    const answer = await api.call("POST", "/app?get_if_exists=true", {
      body: { name: "x", uid: "fresh" },
    });
    assert.equal(answer.status, 200);
  });

  test("lists have pages in both directions", async () => {
    const { application } = api.svix;
    const all = [];
    let iterator: string | null = null;
    for (;;) {
      const page = await application.list({ limit: 2, iterator, order: Ordering.Descending });
      all.push(...page.data);
      iterator = page.iterator;
      if (page.done) break;
    }
    const ids = all.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const whole = await application.list();
    assert.deepEqual(
      whole.data.map(({ id }) => id),
      ids.toReversed(),
    );
    const first = await application.list({ limit: 2 });
    const second = await application.list({ limit: 2, iterator: first.iterator });
    const back = await application.list({ limit: 2, iterator: second.prevIterator ?? null });
    assert.deepEqual(back.data, first.data);
    const withEndpoints = await application.list({ excludeAppsWithNoEndpoints: true });
    assert.deepEqual(withEndpoints.data, []);
  });
});

describe("endpoint", () => {
  let app: string;
  before(async () => {
    app = (await api.svix.application.create({ name: "Endpoints" })).id;
  });

  test("is created, found, changed, put, listed and deleted", async () => {
    const { endpoint } = api.svix;
    const made = await endpoint.create(app, {
      url: "https://example.com/hook",
      uid: "mine",
      description: "d",
      channels: ["a", "b"],
      eventTypes: ["message.received"],
      metadata: { k: "v" },
      throttleRate: 10,
      headers: { "X-One": "1", Authorization: "secret" },
    });
    assert.match(made.id, /^ep_[0-9A-Za-z]{27}$/);
    assert.deepEqual(made.eventTypes, ["message.received"]);
    assert.deepEqual(made.channels, ["a", "b"]);
    assert.equal(made.disabled, false);
    assert.deepEqual(await endpoint.get(app, "mine"), made);
    const raw = await api.call("GET", `/app/${app}/endpoint/mine/`);
    const body = raw.body as Record<string, unknown>;
    assert.deepEqual(body["filterTypes"], body["eventTypes"]);
    assert.equal(body["rateLimit"], 10);
    assert.equal(body["version"], 1);

    const patched = await endpoint.patch(app, "mine", { disabled: true, channels: null });
    assert.equal(patched.disabled, true);
    assert.equal(patched.channels, null);
    assert.equal(patched.throttleRate, 10);
    const put = await endpoint.upsert(app, "mine", { url: "https://example.com/other" });
    assert.equal(put.id, made.id);
    assert.equal(put.eventTypes, null);
    assert.equal(put.disabled, false);
    assert.equal(put.uid, "mine");
    const fresh = await endpoint.upsert(app, "yours", { url: "https://example.com/" });
    assert.equal(fresh.uid, "yours");
    const list = await endpoint.list(app, { limit: 1 });
    assert.deepEqual(
      list.data.map(({ id }) => id),
      [fresh.id],
    );
    assert.equal(list.done, false);
    const next = await endpoint.list(app, { iterator: list.iterator });
    assert.deepEqual(
      next.data.map(({ id }) => id),
      [made.id],
    );
    await endpoint.delete(app, "yours");
    assert.equal((await catchRefusal(endpoint.get(app, "yours"))).code, 404);
  });

  test("has headers, and shows only the names of sensitive ones", async () => {
    const { endpoint } = api.svix;
    assert.deepEqual(await endpoint.getHeaders(app, "mine"), {
      headers: { "X-One": "1" },
      sensitive: ["Authorization"],
    });
    await endpoint.setHeaders(app, "mine", { headers: { "X-Two": "2", "X-Three": "3" } });
    await endpoint.patchHeaders(app, "mine", {
      headers: { "X-Four": "4" },
      deleteHeaders: ["x-two"],
    });
    const { headers, sensitive } = await endpoint.getHeaders(app, "mine");
    assert.deepEqual(headers, { "X-Three": "3", "X-Four": "4" });
    assert.deepEqual(sensitive, []);
    const nulled = await api.call("PATCH", `/app/${app}/endpoint/mine/headers`, {
      body: { headers: { "x-three": null } },
    });
    assert.equal(nulled.status, 204);
    assert.deepEqual((await endpoint.getHeaders(app, "mine")).headers, { "X-Four": "4" });
  });

  test("has a secret that can be set, shown and rotated", async () => {
    const { endpoint } = api.svix;
    const { key: first } = await endpoint.getSecret(app, "mine");
    assert.match(first, /^whsec_[0-9A-Za-z+/]+=*$/);
    await endpoint.rotateSecret(app, "mine", { gracePeriodSeconds: 60 });
    const { key: second } = await endpoint.getSecret(app, "mine");
    assert.notEqual(second, first);
    const own = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    await endpoint.rotateSecret(app, "mine", { key: own });
    assert.deepEqual(await endpoint.getSecret(app, "mine"), { key: own });
    const given = await endpoint.create(app, {
      url: "https://example.com/",
      secret: own,
      uid: "given",
    });
    assert.deepEqual(await endpoint.getSecret(app, given.id), { key: own });
    const whsk = `whsk_${Buffer.alloc(32, 2).toString("base64")}`;
    const asymmetric = await endpoint.create(app, { url: "https://example.com/", secret: whsk });
    assert.match((await endpoint.getSecret(app, asymmetric.id)).key, /^whpk_/);
    assert.equal(
      (await catchRefusal(endpoint.create(app, { url: "https://example.com/", secret: "short" })))
        .code,
      422,
    );
  });

  test("lists the newest first by default, and the oldest first on request", async () => {
    const { endpoint } = api.svix;
    await api.svix.application.create({ name: "Ordered", uid: "ordered" });
    for (const uid of ["one", "two", "three"]) {
      await endpoint.create("ordered", { url: "https://example.com/", uid });
    }
    const uids = async (options: object) =>
      (await endpoint.list("ordered", options)).data.map(({ uid }) => uid);
    assert.deepEqual(await uids({}), ["three", "two", "one"]);
    assert.deepEqual(await uids({ order: "ascending" }), ["one", "two", "three"]);
    assert.deepEqual(await uids({ order: "descending", limit: 1 }), ["three"]);
    const { iterator } = await endpoint.list("ordered", { limit: 2 });
    assert.deepEqual(await uids({ iterator }), ["one"]);
    const { operationalWebhook } = api.svix;
    for (const uid of ["op-one", "op-two"]) {
      await operationalWebhook.endpoint.create({ url: "https://example.com/", uid });
    }
    const own = (await operationalWebhook.endpoint.list()).data.map(({ uid }) => uid);
    assert.deepEqual(own, ["op-two", "op-one"]);
  });

  test("has statistics", async () => {
    const stats = await api.svix.endpoint.getStats(app, "mine", {
      since: new Date(0),
      until: new Date(),
    });
    assert.deepEqual(stats, { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 });
  });
});

describe("event type", () => {
  test("the canonical catalogue is registered from the start, with schemas", async () => {
    const { data } = await api.svix.eventType.list({ limit: 250, withContent: true });
    const names = data.map(({ name }) => name);
    assert.deepEqual(names, [...CANONICAL_TYPES].sort());
    for (const { schemas } of data) assert.equal(typeof schemas["1"], "object");
    const light = await api.svix.eventType.list({ limit: 1 });
    assert.equal(light.data[0]?.schemas, null);
  });

  test("is created, changed, put, archived and expunged", async () => {
    const { eventType } = api.svix;
    const schemas = { "1": { type: "object", example: { a: 1 } } };
    const made = await eventType.create({
      name: "user.signup",
      description: "d",
      schemas,
      groupName: "user",
    });
    assert.deepEqual(made.schemas, schemas);
    assert.equal(
      (await catchRefusal(eventType.create({ name: "user.signup", description: "d" }))).code,
      409,
    );
    assert.deepEqual(await eventType.get("user.signup"), made);
    const patched = await eventType.patch("user.signup", {
      description: "e",
      featureFlags: ["beta"],
    });
    assert.equal(patched.description, "e");
    assert.deepEqual(patched.schemas, schemas);
    assert.equal(patched.featureFlag, "beta");
    const put = await eventType.upsert("user.signup", { description: "f" });
    assert.equal(put.schemas, null);
    assert.equal((await eventType.upsert("user.left", { description: "g" })).name, "user.left");
    await eventType.delete("user.left");
    assert.equal((await eventType.get("user.left")).archived, true);
    await eventType.delete("user.left", { expunge: true });
    assert.equal((await catchRefusal(eventType.get("user.left"))).code, 404);
  });
});

test("health needs no credentials", async () => {
  await api.svix.health.get();
  assert.equal((await api.call("GET", "/health", { token: null })).status, 204);
});

test("with the SDK's idempotency key, a repeated POST returns the first answer", async () => {
  const options = { idempotencyKey: "auto_1" };
  const made = await api.svix.application.create({ name: "Once" }, options);
  assert.deepEqual(await api.svix.application.create({ name: "Once" }, options), made);
  const { code, body } = await catchRefusal(api.svix.application.create({ name: "Else" }, options));
  assert.equal(code, 422);
  assert.match(JSON.stringify(body), /idempotency-key/);
  const event = { eventType: "once.only", payload: {} };
  const first = await api.svix.message.create(made.id, event, options);
  assert.deepEqual(await api.svix.message.create(made.id, event, options), first);
});
