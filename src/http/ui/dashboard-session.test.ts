/** Signing in to the dashboard: the cookie, the guard against other pages, and the end of sessions. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ADMIN_TOKEN, startNativeApi, type NativeApi } from "../../../test/harness/native-api.ts";

const UI = { "x-hookline-ui": "1" };

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

async function signIn(body: object, headers: Record<string, string> = UI, url = api.url) {
  const response = await fetch(`${url}/dashboard/session`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const set = response.headers.get("set-cookie") ?? "";
  return { response, set, cookie: set.split(";")[0] ?? "" };
}

async function readSession(headers: Record<string, string>, url = api.url): Promise<Response> {
  return await fetch(`${url}/api/v1/session`, { headers });
}

async function makeKey(role: string) {
  const made = await api.call("POST", "/operator-key", { body: { name: "Ada", role } });
  return made.body as { readonly id: string; readonly key: string };
}

describe("a dashboard session", () => {
  test("is a cookie that scripts cannot read, and acts with the rights of its token", async () => {
    const { response, set, cookie } = await signIn({ token: ADMIN_TOKEN });
    assert.equal(response.status, 200);
    const { endsAt, isSecure } = (await response.json()) as { endsAt: string; isSecure: boolean };
    assert.equal(isSecure, false);
    assert.ok(Date.parse(endsAt) > Date.now() + 6 * 24 * 3_600_000);
    assert.match(cookie, /^hookline=dash_[0-9a-f]{64}$/);
    const parts = set.split("; ").slice(1);
    assert.deepEqual(parts, ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=604800"]);
    const admin = (await (await readSession({ ...UI, cookie })).json()) as { role: string };
    assert.equal(admin.role, "admin");
    const { key } = await makeKey("viewer");
    const viewer = await signIn({ token: key });
    const session = await readSession({ ...UI, cookie: viewer.cookie });
    const { role, name } = (await session.json()) as { role: string; name: string };
    assert.deepEqual([role, name], ["viewer", "Ada"]);
  });

  test("counts only beside the header, and not in requests of other sites", async () => {
    const { cookie } = await signIn({ token: ADMIN_TOKEN });
    const statuses = async (headers: Record<string, string>) =>
      (await readSession({ cookie, ...headers })).status;
    assert.equal(await statuses({}), 401);
    assert.equal(await statuses({ "x-hookline-ui": "0" }), 401);
    assert.equal(await statuses({ ...UI, "sec-fetch-site": "same-origin" }), 200);
    for (const site of ["cross-site", "same-site", "none"]) {
      assert.equal(await statuses({ ...UI, "sec-fetch-site": site }), 401, site);
    }
    // A bearer token that is wrong is not replaced by the cookie.
    assert.equal(await statuses({ ...UI, authorization: "Bearer wrong" }), 401);
  });

  test("is not opened by pages of other origins, whose preflight never allows the header", async () => {
    for (const headers of [{}, { ...UI, "sec-fetch-site": "cross-site" }] as const) {
      const { response, set } = await signIn({ token: ADMIN_TOKEN }, headers);
      assert.deepEqual([response.status, set], [403, ""]);
    }
    for (const path of ["/api/v1/app", "/dashboard/session"]) {
      const preflight = await fetch(api.url + path, {
        method: "OPTIONS",
        headers: {
          origin: "https://evil.example",
          "access-control-request-method": "POST",
          "access-control-request-headers": "x-hookline-ui",
        },
      });
      const allowed = preflight.headers.get("access-control-allow-headers") ?? "";
      assert.ok(!allowed.includes("x-hookline-ui") && !allowed.includes("*"), path);
      assert.equal(preflight.headers.get("access-control-allow-credentials"), null);
    }
  });

  test("is made by tokens of the operator's side only, and a body names one", async () => {
    const app = await api.svix.application.create({ name: "One" });
    const key = await api.call("POST", `/app/${app.id}/key`, { body: { kind: "manage" } });
    const { token } = await api.svix.authentication.appPortalAccess(app.id, {});
    for (const wrong of [(key.body as { key: string }).key, token, "hk_op_0", "x"]) {
      assert.equal((await signIn({ token: wrong })).response.status, 401);
    }
    for (const body of [{}, { token: ADMIN_TOKEN, key: "x" }, { password: "x" }, { token: 1 }]) {
      assert.equal((await signIn(body)).response.status, 422, JSON.stringify(body));
    }
  });

  test("ends with its key, when it signs out, and everywhere", async () => {
    const { id, key } = await makeKey("operator");
    const ofKey = await signIn({ token: key });
    const [one, two, three] = [
      await signIn({ token: ADMIN_TOKEN }),
      await signIn({ token: ADMIN_TOKEN }),
      await signIn({ token: ADMIN_TOKEN }),
    ];
    const status = async ({ cookie }: { cookie: string }) =>
      (await readSession({ ...UI, cookie })).status;
    const signOut = (cookie: string, query = "", headers: Record<string, string> = UI) =>
      fetch(`${api.url}/dashboard/session${query}`, {
        method: "DELETE",
        headers: { ...headers, cookie },
      });
    assert.equal((await signOut(one.cookie, "", {})).status, 403);
    const out = await signOut(one.cookie);
    assert.deepEqual([out.status, await status(one), await status(two)], [204, 401, 200]);
    assert.match(out.headers.get("set-cookie") ?? "", /^hookline=; .*Max-Age=0/);
    await signOut(two.cookie, "?everywhere=true");
    assert.deepEqual([await status(two), await status(three)], [401, 401]);
    assert.equal(await status(ofKey), 200);
    await api.call("DELETE", `/operator-key/${id}`);
    assert.equal(await status(ofKey), 401);
  });
});

test("an admin signs everyone else out, which the audit has, and keys stay valid", async () => {
  const { id, key } = await makeKey("operator");
  const [own, other, ofKey] = [
    await signIn({ token: ADMIN_TOKEN }),
    await signIn({ token: ADMIN_TOKEN }),
    await signIn({ token: key }),
  ];
  const status = async ({ cookie }: { cookie: string }) =>
    (await readSession({ ...UI, cookie })).status;
  const expireAll = (headers: Record<string, string>) =>
    fetch(`${api.url}/api/v1/auth/dashboard/expire-all`, { method: "POST", headers });
  assert.equal((await expireAll({ ...UI, cookie: ofKey.cookie })).status, 403);
  assert.deepEqual([await status(own), await status(other), await status(ofKey)], [200, 200, 200]);
  const answer = await expireAll({ ...UI, cookie: own.cookie });
  const { ended } = (await answer.json()) as { ended: number };
  assert.ok(answer.status === 200 && ended >= 2, `${answer.status}, ${ended} ended`);
  assert.deepEqual([await status(own), await status(other), await status(ofKey)], [200, 401, 401]);
  const audit = await api.call("GET", "/audit?limit=1");
  const [entry] = (audit.body as { data: { verb: string; actor: { kind: string } }[] }).data;
  assert.deepEqual([entry?.verb, entry?.actor.kind], ["endDashboardSessions", "admin_token"]);
  assert.equal((await signIn({ token: key })).response.status, 200);
  // A call with a bearer token ends them all.
  await expireAll({ authorization: `Bearer ${ADMIN_TOKEN}`, ...UI, cookie: own.cookie });
  assert.equal(await status(own), 401);
  await api.call("DELETE", `/operator-key/${id}`);
});

test("over HTTPS the cookie is bound to the host, and a plain cookie does not count", async () => {
  await using proxied = await startNativeApi({ HOOKLINE_TRUST_PROXY: "127.0.0.1" });
  const https = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" };
  const { set, cookie } = await signIn({ token: ADMIN_TOKEN }, { ...UI, ...https }, proxied.url);
  assert.match(set, /^__Host-hookline=dash_.*; Secure$/);
  const status = async (sent: string) =>
    (await readSession({ ...UI, ...https, cookie: sent }, proxied.url)).status;
  assert.equal(await status(`other=1; ${cookie}`), 200);
  assert.equal(await status(cookie.replace("__Host-", "")), 401);
});

test("wrong tokens are limited by address, and one that signed in still can", async () => {
  await using other = await startNativeApi({ HOOKLINE_TRUST_PROXY: "127.0.0.1" });
  const from = (address: string) => ({ ...UI, "x-forwarded-for": address });
  const tryAs = async (address: string, token: string) =>
    (await signIn({ token }, from(address), other.url)).response.status;
  for (let n = 0; n < 20; n++) assert.equal(await tryAs("192.0.2.1", "wrong"), 401);
  assert.equal(await tryAs("192.0.2.1", ADMIN_TOKEN), 429);
  assert.equal(await tryAs("192.0.2.2", ADMIN_TOKEN), 200);
});

test("with an admin listener, the public listener opens no session and accepts none", async () => {
  await using other = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  const { url, adminUrl } = other;
  const { cookie } = await signIn({ token: ADMIN_TOKEN }, UI, adminUrl as string);
  assert.equal((await readSession({ ...UI, cookie }, adminUrl as string)).status, 200);
  assert.equal((await readSession({ ...UI, cookie }, url)).status, 401);
  assert.equal((await signIn({ token: ADMIN_TOKEN }, UI, url)).response.status, 404);
});
