/** Paths that name a resource: how clients change dots in them, and which calls accept a trailing slash. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../test/harness/native-api.ts";
import type { NativeApi } from "../../test/harness/native-api.ts";
import { unfoldedCall } from "../../test/harness/unfolded-call.ts";
import Fastify from "fastify";
import { toLimitValues } from "../core/limits.ts";
import type { OperationContext } from "../operations/context.ts";
import { createDialects } from "../dialects/list.ts";
import { isTakenPath } from "./named-paths.ts";

const PYTHON_1_21 = { "user-agent": "svix-libs/1.21.0/python" };

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  const { svix } = api;
  await svix.application.create({ name: "a", uid: "a" });
  await svix.endpoint.create("a", { url: "https://example.com/", uid: "e" });
  await svix.eventType.create({ name: "t.a", description: "" });
});
after(() => api[Symbol.asyncDispose]());

test("deleting an endpoint named by two dots with the SDK deletes nothing", async () => {
  const deleted = api.svix.endpoint.delete("a", "..");
  await assert.rejects(deleted, { code: 404 });
  for (const kind of ["endpoint", "line", "key"]) {
    const answer = await api.call("DELETE", `/app/a/${kind}/..`);
    assert.equal(answer.status, 404, answer.text);
  }
  assert.equal((await api.svix.application.get("a")).uid, "a");
});

test("a call that changes a named resource is 404 with a trailing slash or an empty segment", async () => {
  const app = JSON.stringify({ name: "changed" });
  const hook = JSON.stringify({ url: "https://example.com/changed" });
  const type = JSON.stringify({ description: "changed" });
  const since = JSON.stringify({ since: "2026-01-01T00:00:00Z" });
  const calls: readonly (readonly [string, string, string?])[] = [
    ["DELETE", "/app/a/"],
    ["PUT", "/app/a/", app],
    ["PATCH", "/app/a/", app],
    ["PUT", "/app/new/", app],
    ["DELETE", "/app/a/endpoint/e/"],
    ["DELETE", "/app/a/endpoint/"],
    ["PUT", "/app/a/endpoint/e/", hook],
    ["PUT", "/app/a/endpoint/", hook],
    ["PATCH", "/app/a/endpoint/e/", hook],
    ["PUT", "/app/a/endpoint//headers", JSON.stringify({ headers: {} })],
    ["PATCH", "/app/a/endpoint/e/headers/", JSON.stringify({ headers: { "x-a": "b" } })],
    ["POST", "/app/a/endpoint/e/recover/", since],
    ["POST", "/app/a/endpoint/e/secret/rotate/", "{}"],
    ["POST", "/app//endpoint", hook],
    ["PATCH", "/event-type/t.a/", type],
    ["PUT", "/event-type/", type],
    ["DELETE", "/event-type/t.a/"],
    ["PUT", "/operational-webhook/endpoint/o/", hook],
    ["DELETE", "/operational-webhook/endpoint/o/"],
  ];
  const before = await stored();
  for (const [method, path, body] of calls) {
    const more = body === undefined ? {} : { body };
    const answer = await unfoldedCall(api.url, method, `/api/v1${path}`, more);
    assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
  }
  assert.equal(await stored(), before);
  const chirp = await fetch(`${api.url}/v1/webhooks/whk_x/`, { method: "DELETE" });
  assert.equal(chirp.status, 404);
  assert.match(await chirp.text(), /trailing slash/);
});

test("reads, and creations in a collection, are accepted with a trailing slash", async () => {
  assert.equal((await api.call("GET", "/app/a/")).text, (await api.call("GET", "/app/a")).text);
  const made = await api.call("POST", "/app/", { body: { name: "b", uid: "b" } });
  assert.equal(made.status, 201);
  const url = "https://example.com/b";
  assert.equal((await api.call("POST", "/app/b/endpoint/", { body: { url } })).status, 201);
  const event = { eventType: "t.a", payload: {} };
  assert.equal((await api.call("POST", "/app/b/msg/", { body: event })).status, 202);
  assert.equal((await api.call("POST", "/app/b/msg/batch/", { body: [event] })).status, 202);
});

test("Svix's Python releases that end every path in a slash are accepted", async () => {
  const path = "/api/v1/app/b/endpoint/b/";
  const body = JSON.stringify({ url: "https://example.com/b2" });
  const put = await unfoldedCall(api.url, "PUT", path, { body, headers: PYTHON_1_21 });
  assert.equal(put.status, 201, put.text);
  const later = { "user-agent": "svix-libs/1.22.0/python" };
  assert.equal((await unfoldedCall(api.url, "DELETE", path, { headers: later })).status, 404);
  const empty = "/api/v1/app/b//endpoint/b/";
  const headers = PYTHON_1_21;
  assert.equal((await unfoldedCall(api.url, "DELETE", empty, { headers })).status, 404);
  assert.equal((await unfoldedCall(api.url, "DELETE", path, { headers })).status, 204);
});

test("an id that consists of dots is refused by its field wherever a client chooses one", async () => {
  const url = "https://example.com/";
  const message = { channel: "sms", from: "+12065550188", to: "+12065550142", text: "" };
  const payload = { message };
  const received = { eventType: "message.received", payload };
  const event = { eventType: "t.a", payload: {} };
  const cases: readonly (readonly [string, string, object, string])[] = [
    ["POST", "/app", { name: "n", uid: ".." }, "body.uid"],
    ["PATCH", "/app/a", { uid: "." }, "body.uid"],
    ["PUT", "/app/%2e%2e", { name: "n" }, "path.app"],
    ["PUT", "/app/with%20blank", { name: "n" }, "path.app"],
    ["POST", "/app/a/endpoint", { url, uid: "..." }, "body.uid"],
    ["PATCH", "/app/a/endpoint/e", { uid: ".." }, "body.uid"],
    ["PUT", "/app/a/endpoint/%2E%2E", { url }, "path.endpoint"],
    ["POST", "/operational-webhook/endpoint", { url, uid: ".." }, "body.uid"],
    ["PUT", "/operational-webhook/endpoint/%2e", { url }, "path.endpoint"],
    ["POST", "/event-type", { name: "..", description: "" }, "body.name"],
    ["PUT", "/event-type/%2e%2e", { description: "" }, "path.name"],
    ["POST", "/app/a/msg", { ...event, eventType: ".." }, "body.eventType"],
    ["POST", "/app/a/msg", { ...event, eventId: ".." }, "body.eventId"],
    ["POST", "/app/a/msg", { ...event, channels: [".."] }, "body.channels.0"],
    ["POST", "/app/a/msg", { ...event, tags: ["."] }, "body.tags.0"],
    ["POST", "/app/a/msg", { ...event, tags: ["%2E."] }, "body.tags.0"],
    ["POST", "/app/a/msg/batch", [{ ...event, eventId: ".." }], "body.0.eventId"],
    [
      "POST",
      "/app/a/msg",
      { ...event, application: { name: "n", uid: ".." } },
      "body.application.uid",
    ],
    ["POST", "/app/a/endpoint", { url, channels: [".."] }, "body.channels.0"],
    ["POST", "/app/a/endpoint", { url, filterTypes: [".."] }, "body.filterTypes.0"],
    ["POST", "/app/a/msg", withId(received, ".."), "body.payload.message.id"],
    ["POST", "/app/a/msg", withId(received, "%2e%2E"), "body.payload.message.id"],
  ];
  const before = await stored();
  for (const [method, path, body, field] of cases) {
    const text = JSON.stringify(body);
    const answer = await unfoldedCall(api.url, method, `/api/v1${path}`, { body: text });
    assert.equal(answer.status, 422, `${method} ${path} ${text}: ${answer.text}`);
    const { detail } = JSON.parse(answer.text) as { readonly detail: readonly { loc: string[] }[] };
    assert.deepEqual(
      detail.map(({ loc }) => loc.join(".")),
      [field],
    );
  }
  assert.equal(await stored(), before);
});

/**
 * Paths that no server can distinguish: they arrive exactly as the other call. The second shows the event instead of
 * its attempt, and its audit entry names the event.
 */
const INDISTINGUISHABLE = [
  "DELETE /api/v1/app/:app/msg/:msg/attempt/:attempt/content",
  "POST /api/v1/app/:app/msg/:msg/attempt/:attempt/reveal",
];

test("no call with dots in place of an id arrives as a call that changes another resource", async () => {
  const routes = await mountedRoutes();
  const changing = routes.filter(({ method, path }) => method !== "GET" && path.includes(":"));
  assert.ok(changing.length > 30);
  const reached = changing.flatMap((call) =>
    foldedPaths(call.path).flatMap((folded) =>
      changing
        .filter((other) => other.method === call.method && matches(other.path, folded))
        .filter((other) =>
          isTakenPath({
            method: other.method,
            pattern: other.path,
            path: folded,
            creates: other.creates,
            userAgent: "svix-libs/2.5.0/javascript",
          }),
        )
        .map(() => `${call.method} ${call.path}`),
    ),
  );
  assert.deepEqual([...new Set(reached)].toSorted(), INDISTINGUISHABLE);
});

type Route = { readonly method: string; readonly path: string; readonly creates: boolean };

async function mountedRoutes(): Promise<Route[]> {
  const app = Fastify({ exposeHeadRoutes: false });
  const found: Route[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    const creates = config?.creates === true;
    for (const one of [method].flat()) found.push({ method: one, path: url, creates });
  });
  await app.register((scope, _options, done) => {
    // Mounting calls nothing of the context.
    const context = {
      store: {},
      settings: { limits: toLimitValues() },
    } as unknown as OperationContext;
    const settings = { zipwhipErrorStatus: "200", zipwhipUserAgent: "hookline" } as const;
    for (const dialect of createDialects(settings)) dialect.mount(scope, context);
    done();
  });
  await app.close();
  return found;
}

/** Returns the paths that clients send when one of the ids is `.` or `..`. */
function foldedPaths(path: string): string[] {
  const names = path.match(/:\w+/g) ?? [];
  return names.flatMap((name) =>
    [".", ".."].map((dots) => {
      const filled = path.replace(name, dots).replace(/:\w+/g, "x");
      return new URL(`http://server${filled}`).pathname;
    }),
  );
}

function matches(pattern: string, path: string): boolean {
  // Only ids of the call itself are replaced, not resources named "headers" or "tls".
  const form = pattern.replace(/:\w+/g, "x?");
  return new RegExp(`^${form}/?$`).test(path);
}

function withId(event: { readonly payload: { readonly message: object } }, id: string): object {
  return { ...event, payload: { message: { ...event.payload.message, id } } };
}

async function stored(): Promise<string> {
  const paths = ["/app", "/app/a/endpoint", "/app/a/msg", "/operational-webhook/endpoint"];
  const answers = await Promise.all(
    [...paths, "/event-type?limit=250", "/app/a/endpoint/e/headers"].map((path) =>
      api.call("GET", path),
    ),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  return answers.map(({ text }) => text).join("\n");
}
