/** The limits of an application: its keys read them, the operator sets them, and every API names them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChirpApp } from "../../../../test/harness/chirp-app.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { openSendblueAccount } from "../../../../test/harness/sendblue-account.ts";
import { openZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";
import { LIMITS } from "../../../core/limits.ts";
import type { Limit } from "../../../core/limits/limit.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi({ HOOKLINE_LIMIT_ENDPOINTS: "2" });
});
after(() => api[Symbol.asyncDispose]());

type Shown = {
  readonly name: string;
  readonly limit: number;
  readonly used: number | null;
  readonly isOwn: boolean;
};

async function makeApp(): Promise<string> {
  return (await api.svix.application.create({ name: "Limited" })).id;
}
const makeEndpoint = (app: string) =>
  api.call("POST", `/app/${app}/endpoint`, { body: { url: "https://example.com/" } });
const setLimits = (app: string, limits: unknown, token?: string) =>
  api.call("PUT", `/app/${app}/limits`, { body: { limits }, ...(token && { token }) });
const REFUSAL =
  "The application may have 2 endpoints. Delete one that is not used, then try again. Limit: endpoints.";

async function readLimits(app: string, token?: string): Promise<Map<string, Shown>> {
  const answer = await api.call("GET", `/app/${app}/limits`, token === undefined ? {} : { token });
  assert.equal(answer.status, 200, answer.text);
  const { limits } = answer.body as { readonly limits: readonly Shown[] };
  return new Map(limits.map((limit) => [limit.name, limit]));
}

describe("the limits of an application", () => {
  test("are all shown with their numbers and use, also to a manage key", async () => {
    const app = await makeApp();
    const { key } = (await api.call("POST", `/app/${app}/key`, { body: { kind: "manage" } }))
      .body as { key: string };
    await makeEndpoint(app);
    const limits = await readLimits(app, key);
    const perApp = Object.values<Limit>(LIMITS).filter(({ per }) => per === "app");
    assert.deepEqual(
      [...limits.keys()],
      perApp.map(({ name }) => name),
    );
    const { name, limit, used, isOwn } = limits.get("endpoints") as Shown;
    assert.deepEqual({ name, limit, used, isOwn }, { name, limit: 2, used: 1, isOwn: false });
    assert.equal(limits.get("pending_bytes")?.used, 0);
    assert.equal((await setLimits(app, { endpoints: 3 }, key)).status, 403);
    const other = await makeApp();
    assert.equal((await api.call("GET", `/app/${other}/limits`, { token: key })).status, 404);
    assert.equal((await api.call("GET", "/app/unknown/limits")).status, 404);
    assert.equal((await setLimits("unknown", {})).status, 404);
  });

  test("are set for one application, and null returns to the number of the server", async () => {
    const app = await makeApp();
    const set = await setLimits(app, { endpoints: 1, pending_bytes: 4096 });
    assert.equal(set.status, 200, set.text);
    assert.equal((await makeEndpoint(app)).status, 201);
    const refused = await makeEndpoint(app);
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body, {
      code: "limit_reached",
      detail: REFUSAL.replace("2 endpoints", "1 endpoint"),
    });
    assert.equal((await setLimits(app, { endpoints: null })).status, 200);
    assert.equal((await makeEndpoint(app)).status, 201);
    const limits = await readLimits(app);
    assert.deepEqual(
      [limits.get("endpoints")?.isOwn, limits.get("pending_bytes")?.isOwn],
      [false, true],
    );
    assert.equal(limits.get("pending_bytes")?.limit, 4096);
  });

  test("are refused with their field and the allowed values", async () => {
    const app = await makeApp();
    for (const [limits, loc, msg] of [
      [{ endpoints: 0 }, "endpoints", /from 1 to 10000/],
      [{ endpoints: "5" }, "endpoints", /number/],
      [{ endpoint: 5 }, "endpoint", /must be one of endpoints, filter_bytes, /],
      [{ lists_at_once: 5 }, "lists_at_once", /must be one of endpoints, /],
      [{ ["__proto__"]: 5 }, "__proto__", /must be one of/],
    ] as const) {
      const answer = await setLimits(app, limits);
      assert.equal(answer.status, 422, answer.text);
      const { detail } = answer.body as { detail: { loc: string[]; msg: string }[] };
      assert.deepEqual(detail[0]?.loc, ["body", "limits", loc]);
      assert.match(detail[0].msg, msg);
    }
    assert.ok([...(await readLimits(app)).values()].every(({ isOwn }) => !isOwn));
  });

  test("refuse an endpoint of every API in the form of that API, and are counted", async () => {
    const sendblue = await openSendblueAccount(api);
    const hook = (n: number) => ({ receive: [`https://example.com/${n}`] });
    const set = await sendblue.call("PUT", {
      body: { webhooks: { receive: [1, 2, 3].map((n) => `https://example.com/${n}`) } },
    });
    assert.deepEqual([set.status, set.body], [400, { status: "ERROR", message: REFUSAL }]);
    assert.equal((await sendblue.call("PUT", { body: { webhooks: hook(1) } })).status, 200);

    const chirp = await openChirpApp(api, { name: "Chirp" });
    const body = { url: "https://example.com/", events: ["messages.sms.received"] };
    for (let i = 0; i < 2; i++) await chirp.call("POST", "/webhooks", { body });
    const third = await chirp.call("POST", "/webhooks", { body });
    assert.deepEqual(
      [third.status, third.body],
      [400, { error: { type: "invalid_request_error", message: REFUSAL } }],
    );

    const line = await openZipwhipLine(api, { app: await makeApp(), number: "+12065550100" });
    const add = (n: number) =>
      line.call("/webhook/add", {
        type: "message",
        event: "receive",
        url: `https://example.com/${n}`,
        method: "POST",
      });
    for (let i = 0; i < 2; i++) assert.equal((await add(i)).body.success, true);
    const refused = await add(2);
    assert.deepEqual(refused.body, { success: false, response: REFUSAL });

    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    assert.match(metrics, /^hookline_limit_refusals_total\{limit="endpoints"\} [3-9]$/m);
    assert.match(metrics, /^hookline_limit\{of="endpoints"\} 2$/m);
  });
});
