/** Portal tokens and links, with the official SDK where it has the call. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AppPortalAccessIn, Svix } from "svix";
import {
  ADMIN_TOKEN,
  startNativeApi,
  type NativeApi,
} from "../../../../test/harness/native-api.ts";

let api: NativeApi;
let app: string;
let endpoint: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_PUBLIC_URL: "https://hooks.example.com/base/" });
  app = (await api.svix.application.create({ name: "Tenant", uid: "tenant" })).id;
  await api.svix.application.create({ name: "Other", uid: "other" });
  const made = await api.svix.endpoint.create(app, {
    url: "https://example.com/",
    headers: { "x-tenant": "hidden-value", authorization: "hidden-too" },
  });
  endpoint = made.id;
});
after(() => api[Symbol.asyncDispose]());

async function grant(given: AppPortalAccessIn = {}, ref = app) {
  const { url, token } = await api.svix.authentication.appPortalAccess(ref, given);
  return { url, token, key: new URL(url).hash.replace("#key=", "") };
}

async function portal(given: AppPortalAccessIn = {}): Promise<Svix> {
  return api.sdk((await grant(given)).token);
}

const exchange = (key: string) =>
  api.call("POST", "/auth/one-time", { body: { oneTimeToken: key }, token: null });

async function statusOf(token: string): Promise<number> {
  return (await api.call("GET", "/session", { token })).status;
}

describe("access to the portal", () => {
  test("is a token, and a link whose key is in the fragment", async () => {
    const { url, token, key } = await grant();
    assert.match(token, /^appsk_[0-9a-f]{64}$/);
    assert.match(key, /^applink_[0-9a-f]{64}$/);
    assert.equal(url, `https://hooks.example.com/base/portal/login#key=${key}`);
    assert.equal(await statusOf(token), 200);
    assert.equal(await statusOf(key), 401);
  });

  test("is granted under the older name of the call, without a body", async () => {
    const answer = await api.call("POST", `/auth/dashboard-access/${app}/`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(await statusOf((answer.body as { token: string }).token), 200);
  });

  test("of an unknown application is refused, unless the call creates it", async () => {
    const path = "/auth/app-portal-access/new-tenant";
    assert.equal((await api.call("POST", path, { body: {} })).status, 404);
    const other = await api.call("POST", path, { body: { application: { name: "N", uid: "x" } } });
    assert.equal(other.status, 422, other.text);
    const application = { name: "New", uid: "new-tenant" };
    const { token } = await grant({ application }, "new-tenant");
    assert.equal((await api.sdk(token).application.get("new-tenant")).name, "New");
    await grant({ application: { name: "Ignored", uid: "ignored" } }, "new-tenant");
    assert.equal((await api.svix.application.get("new-tenant")).name, "New");
  });

  test("is refused with fields that are out of their range", async () => {
    for (const [body, field] of [
      [{ expiry: 3599 }, "expiry"],
      [{ expiry: 604_801 }, "expiry"],
      [{ capabilities: ["ManageEndpoint"] }, "capabilities"],
      [{ capabilities: ["ViewBase", "Everything"] }, "capabilities"],
      [{ sessionId: "" }, "sessionId"],
      [{ sessionId: "x".repeat(257) }, "sessionId"],
      [{ featureFlags: ["no spaces"] }, "featureFlags"],
      [{ unknown: 1 }, "unknown"],
    ] as const) {
      const answer = await api.call("POST", `/auth/app-portal-access/${app}`, { body });
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.ok(answer.text.includes(`"${field}"`), answer.text);
    }
  });

  test("lasts as long as it was granted, a week unless chosen", async () => {
    for (const [given, seconds] of [
      [{}, 604_800],
      [{ expiry: 3600 }, 3600],
      [{ expiry: null }, 604_800],
    ] as const) {
      const before = Date.now();
      const { token } = await grant(given);
      const { body } = await api.call("GET", "/session", { token });
      const { expiresAt } = (body as { portal: { expiresAt: string } }).portal;
      const lasts = (Date.parse(expiresAt) - before) / 1000;
      assert.ok(lasts >= seconds && lasts < seconds + 60, `${lasts}`);
    }
  });
});

describe("the key of a link", () => {
  test("is exchanged three times for tokens with the rights of the grant", async () => {
    const { key } = await grant({ readOnly: true, sessionId: "one", featureFlags: ["beta"] });
    const tokens = [];
    for (const _ of [1, 2, 3]) {
      const answer = await exchange(key);
      assert.equal(answer.status, 200, answer.text);
      tokens.push((answer.body as { token: string }).token);
    }
    assert.equal(new Set(tokens).size, 3);
    assert.equal((await exchange(key)).status, 401);
    for (const token of tokens) {
      const { body } = await api.call("GET", "/session", { token });
      const { expiresAt: _end, ...rights } = (body as { portal: Record<string, unknown> }).portal;
      const expected = { capabilities: ["ViewBase"], featureFlags: ["beta"], sessionId: "one" };
      assert.deepEqual(rights, expected);
    }
  });

  test("is refused when it is unknown, with a sentence for the user", async () => {
    const answer = await exchange("applink_unknown");
    assert.equal(answer.status, 401);
    assert.match(answer.text, /open the portal again/);
  });

  test("has a small body, which is not read beyond its limit", async () => {
    const raw = JSON.stringify({ oneTimeToken: "x".repeat(2_000) });
    const answer = await api.call("POST", "/auth/one-time", { raw, token: null });
    assert.equal(answer.status, 413, answer.text);
  });
});

describe("the end of access", () => {
  test("logging out ends the token of the call, and no other", async () => {
    const [one, other] = [await grant({ readOnly: true }), await grant()];
    await api.sdk(one.token).authentication.logout();
    assert.deepEqual([await statusOf(one.token), await statusOf(other.token)], [401, 200]);
    await assert.rejects(api.svix.authentication.logout(), { code: 403 });
  });

  test("all tokens and links of an application are ended at once", async () => {
    const [one, link] = [await grant(), await grant()];
    await api.svix.authentication.expireAll(app, {});
    assert.equal(await statusOf(one.token), 401);
    assert.equal((await exchange(link.key)).status, 401);
  });

  test("the tokens of one session are ended, those made by its link too", async () => {
    const [one, other] = [await grant({ sessionId: "one" }), await grant({ sessionId: "other" })];
    const { token } = (await exchange(one.key)).body as { token: string };
    await api.svix.authentication.expireAll(app, { sessionIds: ["one"] });
    const left = await Promise.all([one.token, token, other.token].map(statusOf));
    assert.deepEqual(left, [401, 401, 200]);
  });

  test("tokens that end later work until then, their links do not", async () => {
    const { token, key } = await grant();
    await api.svix.authentication.expireAll(app, { expiry: 600 });
    assert.equal(await statusOf(token), 200);
    assert.equal((await exchange(key)).status, 401);
    await assert.rejects(api.svix.authentication.expireAll("nowhere", {}), { code: 404 });
  });
});

describe("a portal token", () => {
  test("without capabilities of secrets sees no secret and no value of a header", async () => {
    const reader = await portal({ readOnly: true });
    await assert.rejects(reader.endpoint.getSecret(app, endpoint), { code: 403 });
    const hidden = await reader.endpoint.getHeaders(app, endpoint);
    assert.deepEqual(hidden.headers, {});
    assert.deepEqual(hidden.sensitive.toSorted(), ["authorization", "x-tenant"]);
    const viewer = await portal({ capabilities: ["ViewBase", "ViewEndpointSecret"] as never });
    assert.match((await viewer.endpoint.getSecret(app, endpoint)).key, /^whsec_/);
    const { headers } = await viewer.endpoint.getHeaders(app, endpoint);
    assert.deepEqual(headers, { "x-tenant": "hidden-value" });
    await assert.rejects(viewer.endpoint.rotateSecret(app, endpoint, {}), { code: 403 });
  });

  test("manages its own endpoints, and is a stranger to another application", async () => {
    const sdk = await portal();
    const { id } = await sdk.endpoint.create("tenant", { url: "https://example.com/new" });
    await sdk.endpoint.patch(app, id, { description: "Mine." });
    await sdk.endpoint.delete(app, id);
    await assert.rejects(sdk.endpoint.list("other"), { code: 404 });
    await assert.rejects(sdk.application.list(), { code: 403 });
    await assert.rejects(sdk.message.create(app, { eventType: "a.b", payload: {} }), { code: 403 });
  });

  test("is refused with the capability that it lacks", async () => {
    const { token } = await grant({ readOnly: true });
    const path = `/app/${app}/endpoint/${endpoint}`;
    const answer = await api.call("DELETE", path, { token });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /needs the portal capability ManageEndpoint/);
  });

  test("learns no setting from a refusal that names one to the operator", async () => {
    const path = `/app/${app}/endpoint`;
    const body = { url: "http://10.0.0.1/" };
    const { token } = await grant();
    const shown = await Promise.all(
      [ADMIN_TOKEN, token].map(
        async (one) => (await api.call("POST", path, { body, token: one })).text,
      ),
    );
    assert.deepEqual(
      shown.map((text) => text.includes("HOOKLINE_")),
      [true, false],
    );
  });

  test("is valid at no other API", async () => {
    const { token } = await grant();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${api.url}/v1/webhooks`, { headers });
    assert.equal(answer.status, 401);
  });

  test("shows the event types without feature flags and those with one of its flags", async () => {
    for (const [name, featureFlags] of [
      ["flag.none", []],
      ["flag.beta", ["beta", "gamma"]],
      ["flag.alpha", ["alpha"]],
      ["flag.betamax", ["betamax"]],
    ] as const) {
      const body = { name, description: "", featureFlags };
      assert.equal((await api.call("POST", "/event-type", { body })).status, 201);
    }
    const seen = async (sdk: Svix): Promise<readonly string[]> => {
      const { data } = await sdk.eventType.list({ limit: 250 });
      return data.map(({ name }) => name).filter((name) => name.startsWith("flag."));
    };
    const all = ["flag.alpha", "flag.beta", "flag.betamax", "flag.none"];
    assert.deepEqual(await seen(api.svix), all);
    assert.deepEqual(await seen(await portal()), ["flag.none"]);
    const beta = await portal({ featureFlags: ["beta", "unused"] });
    assert.deepEqual(await seen(beta), ["flag.beta", "flag.none"]);
    assert.equal((await beta.eventType.get("flag.beta")).name, "flag.beta");
    await assert.rejects(beta.eventType.get("flag.alpha"), { code: 404 });
  });
});

test("a session shows the rights of every credential", async () => {
  const apis = ["svix", "zipwhip", "sendblue", "chirp"];
  const facts = async (token: string) => {
    const { status, body, text } = await api.call("GET", "/session", { token });
    assert.equal(status, 200, text);
    const { role, app: own, portal: rights, server: shown } = body as Record<string, unknown>;
    const { version, ...server } = shown as { readonly version: string };
    assert.match(version, /^\d+\.\d+\.\d+/);
    const retentionSeconds = 30 * 86_400;
    const facts = { apis, retentionSeconds, trialReceiver: null, replayPerSecond: 200 };
    assert.deepEqual(server, facts);
    return { role, own, hasRights: rights !== null };
  };
  const own = { id: app, uid: "tenant", name: "Tenant" };
  assert.deepEqual(await facts(ADMIN_TOKEN), { role: "admin", own: null, hasRights: false });
  for (const kind of ["manage", "publish"]) {
    const made = await api.call("POST", `/app/${app}/key`, { body: { kind } });
    const { key } = made.body as { key: string };
    assert.deepEqual(await facts(key), { role: kind, own, hasRights: false });
  }
  const { token } = await grant();
  assert.deepEqual(await facts(token), { role: "portal", own, hasRights: true });
  assert.equal((await api.call("GET", "/session", { token: null })).status, 401);
});
