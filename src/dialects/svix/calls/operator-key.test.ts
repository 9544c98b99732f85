/** Keys of the people who operate the server, and their roles. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { OperatorRole } from "../../../core/operator-role.ts";
import {
  ADMIN_TOKEN,
  startNativeApi,
  type NativeApi,
} from "../../../../test/harness/native-api.ts";

let api: NativeApi;
let app: string;
let endpoint: string;
before(async () => {
  api = await startNativeApi();
  app = (await api.svix.application.create({ name: "Tenant", uid: "tenant" })).id;
  const headers = { "x-tenant": "hidden-value" };
  endpoint = (await api.svix.endpoint.create(app, { url: "https://example.com/", headers })).id;
});
after(() => api[Symbol.asyncDispose]());

async function makeKey(role: OperatorRole, name = "Ada") {
  const answer = await api.call("POST", "/operator-key", { body: { name, role } });
  assert.equal(answer.status, 201, answer.text);
  return answer.body as { readonly id: string; readonly key: string };
}

describe("an operator key", () => {
  test("is shown once, listed without its secret, and invalid once it is deleted", async () => {
    const { id, key: token } = await makeKey("operator", "Grace");
    assert.match(token, /^hk_op_[0-9a-f]{64}$/);
    const list = await api.call("GET", "/operator-key");
    const { data } = list.body as { data: { id: string; name: string; role: string }[] };
    const { name, role } = data.find((one) => one.id === id) ?? assert.fail();
    assert.deepEqual([name, role], ["Grace", "operator"]);
    assert.ok(!list.text.includes(token));
    const session = await api.call("GET", "/session", { token });
    assert.deepEqual([session.status, (session.body as { role: string }).role], [200, "operator"]);
    assert.equal((await api.call("DELETE", `/operator-key/${id}`)).status, 204);
    assert.equal((await api.call("GET", "/session", { token })).status, 401);
    assert.equal((await api.call("DELETE", `/operator-key/${id}`)).status, 404);
  });

  test("is refused with an unknown role and without a name", async () => {
    for (const body of [
      { name: "x", role: "owner" },
      { role: "admin" },
      { name: "", role: "admin" },
    ]) {
      assert.equal((await api.call("POST", "/operator-key", { body })).status, 422);
    }
  });

  test("of an operator works on every application, and sees and makes no secrets", async () => {
    const { key } = await makeKey("operator");
    const sdk = api.sdk(key);
    assert.equal((await sdk.application.list()).data.length, 1);
    const made = await sdk.endpoint.create(app, { url: "https://example.com/more" });
    await sdk.message.create(app, { eventType: "a.b", payload: {} });
    await sdk.endpoint.delete(app, made.id);
    assert.deepEqual(await sdk.endpoint.getHeaders(app, endpoint), {
      headers: {},
      sensitive: ["x-tenant"],
    });
    await assert.rejects(sdk.endpoint.getSecret(app, endpoint), { code: 403 });
    await assert.rejects(sdk.endpoint.rotateSecret(app, endpoint, {}), { code: 403 });
    await assert.rejects(sdk.authentication.appPortalAccess(app, {}), { code: 403 });
    await assert.rejects(sdk.application.delete(app), { code: 403 });
    const more = { body: { name: "x", role: "admin" }, token: key };
    assert.equal((await api.call("POST", "/operator-key", more)).status, 403);
    assert.equal((await api.call("GET", "/operator-key", { token: key })).status, 200);
  });

  test("of an admin does all that the admin token does", async () => {
    const { key: token } = await makeKey("admin");
    const body = { name: "Second", role: "operator" };
    assert.equal((await api.call("POST", "/operator-key", { body, token })).status, 201);
    assert.match((await api.sdk(token).endpoint.getSecret(app, endpoint)).key, /^whsec_/);
  });
});

test("with an admin listener, the public listener accepts no operator key", async () => {
  await using other = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  const { url, adminUrl } = other;
  const made = await fetch(`${adminUrl}/api/v1/operator-key`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify({ name: "Ada", role: "admin" }),
  });
  const { key } = (await made.json()) as { key: string };
  const headers = { authorization: `Bearer ${key}` };
  assert.equal((await fetch(`${url}/api/v1/app`, { headers })).status, 401);
  assert.equal((await fetch(`${adminUrl}/api/v1/app`, { headers })).status, 200);
});
