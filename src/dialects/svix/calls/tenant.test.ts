/** Keys, lines, batches and test apps, for which Svix has no counterpart. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

let api: NativeApi;
let app: string;
let other: string;
before(async () => {
  api = await startNativeApi();
  app = (await api.svix.application.create({ name: "Tenant", uid: "tenant" })).id;
  other = (await api.svix.application.create({ name: "Other", uid: "other" })).id;
});
after(() => api[Symbol.asyncDispose]());

async function makeKey(kind: string, ref = app) {
  const answer = await api.call("POST", `/app/${ref}/key`, { body: { kind } });
  assert.equal(answer.status, 201, answer.text);
  return answer.body as {
    id: string;
    key?: string;
    keyId?: string;
    keySecret?: string;
    scopes: string[];
  };
}

const EVENT = { eventType: "a.b", payload: {} };

describe("keys", () => {
  test("are shown once, by kind, and listed without their secrets", async () => {
    const chirp = await makeKey("app");
    assert.match(chirp.key ?? "", /^sk_live_app_[0-9a-f]{64}$/);
    assert.deepEqual(chirp.scopes, ["webhooks"]);
    const pair = await makeKey("sendblue");
    assert.match(`${pair.keyId} ${pair.keySecret}`, /^[0-9a-f]{32} [0-9a-f]{64}$/);
    const list = await api.call("GET", `/app/${app}/key`);
    assert.ok(list.text.includes(pair.keyId ?? "-"));
    for (const secret of [chirp.key, pair.keySecret]) assert.ok(!list.text.includes(secret ?? ""));
  });

  test("a publish key publishes to its own app and does nothing else", async () => {
    const { key = "" } = await makeKey("publish");
    const publish = (ref: string) =>
      api.call("POST", `/app/${ref}/msg`, { body: EVENT, token: key });
    assert.equal((await publish(app)).status, 202);
    assert.equal((await publish("tenant")).status, 202);
    assert.equal((await publish("other")).status, 404);
    assert.equal((await publish(other)).status, 404);
    for (const [method, path] of [
      ["GET", `/app/${app}/msg`],
      ["GET", `/app/${app}/endpoint`],
      ["GET", "/app"],
      ["POST", `/app/${app}/key`],
    ] as const) {
      assert.equal((await api.call(method, path, { token: key })).status, 403, path);
    }
  });

  test("a manage key manages its own app, and publishes nothing", async () => {
    const { key = "" } = await makeKey("manage");
    const sdk = api.sdk(key);
    const endpoint = await sdk.endpoint.create("tenant", { url: "https://example.com/" });
    assert.deepEqual(await sdk.endpoint.get(app, endpoint.id), endpoint);
    await sdk.message.list(app);
    await assert.rejects(sdk.message.create(app, EVENT), { code: 403 });
    await assert.rejects(sdk.endpoint.list("other"), { code: 404 });
    await assert.rejects(sdk.application.delete(app), { code: 403 });
    await assert.rejects(sdk.eventType.create({ name: "x.y", description: "" }), { code: 403 });
  });

  test("a revoked key is refused everywhere", async () => {
    const { id, key = "" } = await makeKey("manage");
    assert.equal((await api.call("GET", `/app/${app}/endpoint`, { token: key })).status, 200);
    assert.equal((await api.call("DELETE", `/app/${app}/key/${id}`)).status, 204);
    assert.equal((await api.call("GET", `/app/${app}/endpoint`, { token: key })).status, 401);
    assert.equal((await api.call("DELETE", `/app/${app}/key/${id}`)).status, 404);
  });

  test("a repeat under one Idempotency-Key creates no second key, and does not show the first again", async () => {
    const headers = { "idempotency-key": "key-1" };
    const make = () => api.call("POST", `/app/${other}/key`, { body: { kind: "manage" }, headers });
    assert.equal((await make()).status, 201);
    assert.equal((await make()).status, 409);
    const { data } = (await api.call("GET", `/app/${other}/key`)).body as { data: unknown[] };
    assert.equal(data.length, 1);
  });
});

describe("lines", () => {
  const line = { number: "+12065550188", username: "2065550188", password: "secret" };

  test("are registered once, listed without their passwords, and deleted", async () => {
    const headers = { "idempotency-key": "line-1" };
    const made = await api.call("POST", `/app/${app}/line`, {
      body: { ...line, name: "Front desk" },
      headers,
    });
    assert.equal(made.status, 201, made.text);
    const body = made.body as { id: string; deviceId: number; number: string };
    assert.match(body.id, /^line_/);
    assert.ok(Number.isSafeInteger(body.deviceId) && body.deviceId > 99_999_999);
    assert.ok(!made.text.includes("secret"));
    const repeated = await api.call("POST", `/app/${app}/line`, {
      body: { ...line, name: "Front desk" },
      headers,
    });
    assert.deepEqual(repeated.body, made.body);
    const list = await api.call("GET", `/app/${app}/line`);
    assert.deepEqual((list.body as { data: unknown[] }).data, [made.body]);
    assert.equal((await api.call("DELETE", `/app/${app}/line/${body.id}`)).status, 204);
    assert.equal((await api.call("DELETE", `/app/${app}/line/${body.id}`)).status, 404);
  });

  test("have usernames that are unique on the server, in any case", async () => {
    const body = { ...line, username: "Desk" };
    assert.equal((await api.call("POST", `/app/${app}/line`, { body })).status, 201);
    const taken = { ...body, username: "desk", number: "+12065550199" };
    const answer = await api.call("POST", `/app/${other}/line`, { body: taken });
    assert.equal(answer.status, 409, answer.text);
  });

  test("store a phone number as username in one form, which no other spelling can take", async () => {
    const body = { ...line, number: "+12065550177", username: "206-555-0177" };
    const made = await api.call("POST", `/app/${app}/line`, { body });
    assert.equal((made.body as { username: string }).username, "+12065550177", made.text);
    const { key: token = "" } = await makeKey("manage", other);
    for (const username of ["2065550177", "12065550177", "ptn:/2065550177", "+12065550177"]) {
      const taken = { ...line, number: "+12065550178", username };
      const answer = await api.call("POST", `/app/${other}/line`, { body: taken, token });
      assert.equal(answer.status, 409, answer.text);
    }
  });

  test("get a username of another app's line with the admin token, and with no key", async () => {
    const own = { ...line, number: "+12065550160", username: "2065550160" };
    const first = await api.call("POST", `/app/${other}/line`, { body: own });
    const { id: loser } = first.body as { id: string };
    const rightful = { ...line, number: "+12065550160", username: "rightful" };
    const made = await api.call("POST", `/app/${app}/line`, { body: rightful });
    const path = `/app/${app}/line/${encodeURIComponent("+12065550160")}/username`;
    const body = { username: "(206)555-0160" };

    const { key: token = "" } = await makeKey("manage", app);
    assert.equal((await api.call("PUT", path, { body, token })).status, 403);
    assert.equal((await api.call("PUT", path, { body: {} })).status, 422);
    const nowhere = `/app/${app}/line/nowhere/username`;
    assert.equal((await api.call("PUT", nowhere, { body })).status, 404);

    const given = await api.call("PUT", path, { body });
    assert.equal(given.status, 200, given.text);
    assert.deepEqual(given.body, { ...(made.body as object), username: "+12065550160" });
    const { data } = (await api.call("GET", `/app/${other}/line`)).body as {
      data: { id: string; username: string }[];
    };
    assert.equal(data.find(({ id }) => id === loser)?.username, loser);
  });
});

test("the ids and keys of a test app always show that it is one", async () => {
  const answer = await api.call("POST", "/app", { body: { name: "T", test: true, uid: "t" } });
  const body = answer.body as { id: string; test: boolean };
  assert.match(body.id, /^app_test_[0-9A-Za-z]{27}$/);
  assert.equal(body.test, true);
  assert.match((await makeKey("app", "t")).key ?? "", /^sk_test_app_/);
  const put = await api.call("PUT", "/app/t", { body: { name: "U" } });
  assert.equal((put.body as { test: boolean }).test, true);
  assert.equal((await api.call("PATCH", "/app/t", { body: { test: false } })).status, 422);
});

describe("a batch", () => {
  type Out = { data: { id: string; eventId: string | null; duplicate?: boolean }[] };

  test("skips messages that were published before, on request", async () => {
    const events = ["x", "y"].map((eventId) => ({ ...EVENT, eventId }));
    const first = (await api.call("POST", `/app/${app}/msg/batch`, { body: events })).body as Out;
    const more = [...events, { ...EVENT, eventId: "z" }];
    const path = `/app/${app}/msg/batch?onDuplicate=skip`;
    const { status, body } = await api.call("POST", path, { body: more });
    assert.equal(status, 202);
    const { data } = body as Out;
    assert.deepEqual(
      data.slice(0, 2).map(({ id }) => id),
      first.data.map(({ id }) => id),
    );
    assert.deepEqual(
      data.map(({ duplicate }) => duplicate),
      [true, true, undefined],
    );
  });

  test("shows the contents of skipped events up to the limit of a batch", async () => {
    const events = Array.from({ length: 12 }, (_, n) => ({
      ...EVENT,
      eventId: `large-${n}`,
      payload: { text: "x".repeat(1_000_000) },
    }));
    for (const event of events) {
      const made = await api.call("POST", `/app/${app}/msg`, { body: event });
      assert.equal(made.status, 202);
    }
    const body = events.map((event) => ({ ...event, payload: {} }));
    const path = `/app/${app}/msg/batch?onDuplicate=skip&with_content=true`;
    const answer = await api.call("POST", path, { body });
    assert.equal(answer.status, 202);
    const { data } = answer.body as { data: { payload: { text?: string } }[] };
    const lengths = data.map(({ payload }) => payload.text?.length);
    // The ninth begins before 8 MiB.
    const shown = lengths.filter((length) => length === 1_000_000);
    assert.deepEqual([shown.length, lengths.length], [9, 12]);
  });

  test("under one Idempotency-Key is published once", async () => {
    const send = (body: unknown) =>
      api.call("POST", `/app/${app}/msg/batch`, {
        body,
        headers: { "idempotency-key": "batch-1" },
      });
    const first = await send([EVENT, EVENT]);
    assert.equal(first.status, 202);
    assert.equal((await send([EVENT, EVENT])).text, first.text);
    assert.equal((await send([EVENT])).status, 422);
  });

  test("accepts a thousand events", async () => {
    const body = Array.from({ length: 1000 }, (_, n) => ({ ...EVENT, payload: { n } }));
    const answer = await api.call("POST", `/app/${app}/msg/batch`, { body });
    assert.equal(answer.status, 202, answer.text);
    assert.equal((answer.body as Out).data.length, 1000);
  });
});
