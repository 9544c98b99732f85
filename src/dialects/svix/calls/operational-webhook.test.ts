/** The operator's endpoints: every call of the SDK, the events they may select, and access to them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { OPERATIONAL_EVENT_TYPES } from "../../../core/events/event-type.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import { catchRefusal, startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

/** A URL without a receiver: nothing is delivered to it, because no delivery fails here. */
const operator = { url: "http://127.0.0.1:9999/operator" };

describe("the operator's endpoints", () => {
  let api: NativeApi;
  before(async () => {
    api = await startNativeApi();
  });
  after(() => api[Symbol.asyncDispose]());

  test("a null in a create means the default", async () => {
    const nothing = {
      uid: null,
      description: null,
      metadata: null,
      eventTypes: null,
      rateLimit: null,
      throttleRate: null,
      signatureHeaders: null,
      disabled: null,
      headers: null,
      secret: null,
    };
    await api.svix.application.create({ name: "n", uid: "n" });
    for (const path of ["/operational-webhook/endpoint", "/app/n/endpoint"]) {
      const plain = await api.call("POST", path, { body: { url: operator.url } });
      const made = await api.call("POST", path, { body: { url: operator.url, ...nothing } });
      assert.equal(made.status, 201, made.text);
      const own = { id: "", createdAt: "", updatedAt: "" };
      assert.deepEqual({ ...(made.body as object), ...own }, { ...(plain.body as object), ...own });
      for (const { body } of [plain, made]) {
        await api.call("DELETE", `${path}/${(body as { readonly id: string }).id}`);
      }
    }
  });

  test("every call of the SDK works on the operator's endpoints", async () => {
    const { endpoint } = api.svix.operationalWebhook;
    const made = await endpoint.create({
      url: `${operator.url}/two`,
      uid: "two",
      description: "pager",
      eventTypes: ["endpoint.disabled"],
      metadata: { team: "sre" },
      headers: { "x-pager": "7" },
      disabled: true,
    });
    assert.deepEqual(await endpoint.get("two"), made);
    assert.deepEqual(made.metadata, { team: "sre" });
    assert.equal(made.disabled, true);
    const put = await endpoint.upsert("two", { url: `${operator.url}/put`, throttleRate: 5 });
    assert.equal(put.id, made.id);
    assert.equal(put.uid, "two");
    assert.equal(put.eventTypes, null);
    const fresh = await endpoint.upsert("three", { url: `${operator.url}/three`, disabled: true });
    assert.equal(fresh.uid, "three");
    const before = await endpoint.getSecret("two");
    await endpoint.rotateSecret("two", {});
    assert.notEqual((await endpoint.getSecret("two")).key, before.key);
    const rotate = (body: object) =>
      api.call("POST", "/operational-webhook/endpoint/two/secret/rotate", { body });
    for (let i = 0; i < 8; i++) await rotate({});
    const refused = await rotate({});
    assert.equal(refused.status, 400);
    assert.match(refused.text, /^\{"code":"limit_reached","detail":"[^"]+ at 20\d\d-[^"]+Z, /);
    const whsk = `whsk_${Buffer.alloc(32, 2).toString("base64")}`;
    const rotated = await rotate({ key: whsk, gracePeriodSeconds: 0 });
    assert.equal(rotated.status, 200);
    assert.deepEqual(rotated.body, await endpoint.getSecret("two"));
    assert.match(rotated.text, /^\{"key":"whpk_/);
    assert.deepEqual((await endpoint.getHeaders("two")).headers, { "x-pager": "7" });
    await endpoint.setHeaders("two", { headers: { "x-pager": "8" } });
    assert.deepEqual((await endpoint.getHeaders("two")).headers, { "x-pager": "8" });
    const page = await endpoint.list({ limit: 1 });
    assert.equal(page.data.length, 1);
    assert.equal(page.done, false);
    await endpoint.delete("two");
    await endpoint.delete("three");
    assert.equal((await catchRefusal(endpoint.get("two"))).code, 404);
  });

  test("it may select only operational events, which no other endpoint may select", async () => {
    const { endpoint } = api.svix.operationalWebhook;
    const asking = (type: string) => ({ url: operator.url, eventTypes: [type] });
    assert.equal((await catchRefusal(endpoint.create(asking("message.received")))).code, 422);
    assert.equal((await catchRefusal(endpoint.create(asking("endpoint.anything")))).code, 422);
    await endpoint.upsert("alerts", { url: operator.url, disabled: true });
    const changed = endpoint.upsert("alerts", asking("invoice.paid"));
    assert.equal((await catchRefusal(changed)).code, 422);
    await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
    for (const type of OPERATIONAL_EVENT_TYPES) {
      const asked = api.svix.endpoint.create("tenant", asking(type));
      assert.equal((await catchRefusal(asked)).code, 422, type);
      const published = api.svix.message.create("tenant", { eventType: type, payload: {} });
      assert.equal((await catchRefusal(published)).code, 422, type);
    }
  });

  test("the operator's endpoints are hidden from applications, and from the operator's calls on applications", async () => {
    const { endpoint } = api.svix.operationalWebhook;
    const { id } = await endpoint.upsert("hidden", { url: operator.url, disabled: true });
    await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
    const made = await api.call("POST", "/app/tenant/key", { body: { kind: "manage" } });
    const { key: token } = made.body as { key: string };
    const fetchStatus = async (method: string, path: string, as?: string) =>
      (await api.call(method, path, as === undefined ? {} : { token: as })).status;

    assert.equal(await fetchStatus("GET", "/operational-webhook/endpoint", token), 403);
    assert.equal(await fetchStatus("GET", `/operational-webhook/endpoint/${id}`, token), 403);
    assert.equal(await fetchStatus("GET", `/app/tenant/endpoint/${id}`, token), 404);
    assert.equal(await fetchStatus("GET", `/app/tenant/endpoint/${id}`), 404);
    for (const as of [token, undefined]) {
      const app = `/app/${OPERATOR_APP_ID}`;
      for (const path of ["", "/endpoint", `/endpoint/${id}`, "/msg", "/key", "/line"]) {
        const status = await fetchStatus("GET", `${app}${path}`, as);
        assert.ok(status === 404 || (as === token && status === 403), `${status} ${path}`);
      }
    }
    const body = { name: "mine now" };
    const put = await api.call("PUT", `/app/${OPERATOR_APP_ID}`, { body });
    assert.equal(put.status, 404);
    assert.equal(await fetchStatus("DELETE", `/app/${OPERATOR_APP_ID}`), 404);
    const { data } = await api.svix.application.list({ limit: 250 });
    assert.ok(data.every((app) => app.id !== OPERATOR_APP_ID));
  });
});
