/** HEAD, OPTIONS, wrong methods, and calls from pages of other origins. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_TOKEN, startNativeApi } from "../../test/harness/native-api.ts";
import type { NativeApi } from "../../test/harness/native-api.ts";

const PAGE = "https://portal.example";
const AUTHORIZED = { authorization: `Bearer ${ADMIN_TOKEN}` };

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
});
after(() => api[Symbol.asyncDispose]());

test("HEAD is answered wherever GET is, with the same status and headers and no body", async () => {
  const paths = [
    "/health",
    "/metrics",
    "/egress.json",
    "/openapi/svix.json",
    "/docs",
    "/api/v1/health",
    "/api/v1/app",
    "/api/v1/app/a",
    "/api/v1/app/nothing",
    "/api/v1/event-type/message.sent",
    "/v1/webhooks",
    "/api/account/webhooks",
    "/webhook/list",
  ];
  for (const path of paths) {
    const got = await ask("GET", path, AUTHORIZED);
    const head = await ask("HEAD", path, AUTHORIZED);
    assert.equal(head.status, got.status, path);
    assert.equal(head.headers.get("content-type"), got.headers.get("content-type"), path);
    assert.equal(head.text, "", path);
  }
});

test("a wrong method is 405 and OPTIONS is 204, both with the methods of the path in Allow", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["DELETE", "/api/v1/app", "GET, HEAD, OPTIONS, POST"],
    ["POST", "/api/v1/app/a", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["DELETE", "/docs", "GET, HEAD, OPTIONS"],
    ["PATCH", "/v1/webhooks", "GET, HEAD, OPTIONS, POST"],
    ["PATCH", "/api/account/webhooks", "DELETE, GET, HEAD, OPTIONS, POST, PUT"],
    ["HEAD", "/api/v1/rekey", "OPTIONS, POST"],
  ];
  for (const [method, path, allowed] of cases) {
    const wrong = await ask(method, path, AUTHORIZED);
    assert.equal(wrong.status, 405, `${method} ${path}: ${wrong.text}`);
    assert.equal(wrong.headers.get("allow"), allowed);
    const options = await ask("OPTIONS", path);
    assert.deepEqual([options.status, options.text], [204, ""], path);
    assert.equal(options.headers.get("allow"), allowed);
  }
  assert.equal((await ask("OPTIONS", "/api/v1/no/such/call")).status, 404);
  assert.equal((await ask("OPTIONS", "/elsewhere")).status, 404);
});

test("a page of any origin may call the native API with a token, after a preflight without one", async () => {
  const wanted = "authorization,content-type,idempotency-key,svix-req-id,svix-retry-count";
  const preflight = await ask("OPTIONS", "/api/v1/app/a/endpoint", {
    origin: PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": wanted,
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.equal(preflight.headers.get("access-control-allow-methods"), "GET, HEAD, POST");
  const allowed = preflight.headers.get("access-control-allow-headers")?.split(", ") ?? [];
  for (const name of [...wanted.split(","), "accept"]) assert.ok(allowed.includes(name), name);
  assert.ok(!allowed.includes("x-hookline-ui"));
  assert.equal(preflight.headers.get("access-control-allow-credentials"), null);

  for (const path of ["/api/v1/app/a", "/api/v1/app/nothing", "/api/v1/no/such/call"]) {
    const answer = await ask("GET", path, { ...AUTHORIZED, origin: PAGE });
    assert.equal(answer.headers.get("access-control-allow-origin"), "*", path);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
    const exposed = answer.headers.get("access-control-expose-headers")?.split(", ") ?? [];
    for (const name of ["retry-after", "x-request-id"]) assert.ok(exposed.includes(name), name);
  }
  const unauthenticated = await ask("GET", "/api/v1/app", { origin: PAGE });
  assert.equal(unauthenticated.status, 401);
  assert.equal(unauthenticated.headers.get("access-control-allow-origin"), "*");
});

test("calls outside the native API reveal nothing to pages of other origins", async () => {
  for (const path of ["/health", "/v1/webhooks", "/api/account/webhooks", "/webhook/list"]) {
    const preflight = { origin: PAGE, "access-control-request-method": "GET" };
    for (const answer of [
      await ask("OPTIONS", path, preflight),
      await ask("GET", path, preflight),
    ]) {
      assert.equal(answer.headers.get("access-control-allow-origin"), null, path);
    }
  }
  const own = await ask("GET", "/api/v1/app/a", AUTHORIZED);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
});

test("HOOKLINE_CORS_ORIGINS lists the allowed origins, and off allows none", async () => {
  const named = "https://portal.example, http://localhost:3000";
  await using some = await startNativeApi({ HOOKLINE_CORS_ORIGINS: named });
  for (const [origin, expected] of [
    [PAGE, PAGE],
    ["http://localhost:3000", "http://localhost:3000"],
    ["https://other.example", null],
    ["null", null],
  ] as const) {
    const answer = await fetch(`${some.url}/api/v1/app`, { headers: { origin } });
    assert.equal(answer.headers.get("access-control-allow-origin"), expected, origin);
    assert.equal(answer.headers.get("vary"), "origin");
  }
  await using none = await startNativeApi({ HOOKLINE_CORS_ORIGINS: "off" });
  const answer = await fetch(`${none.url}/api/v1/app`, { headers: { origin: PAGE } });
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
});

async function ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${api.url}${path}`, { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
