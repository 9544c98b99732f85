/** All other refusals: a code with a sentence, or the name of the field. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openBadInput, test422, testRefused } from "../../../../test/harness/refusals.ts";

const opened = openBadInput();
const MIB = 1024 * 1024;
const event = (more: object) => ({ body: { eventType: "a.b", payload: {}, ...more } });
const hook = (more: object) => ({ body: { url: "https://example.com/", ...more } });

test422(opened, "POST /app", [
  ["an app without a name", { body: {} }, "body.name"],
  ["an app with an empty name", { body: { name: "" } }, "body.name"],
  ["an app with a uid like an id", { body: { name: "a", uid: "app_1" } }, "body.uid"],
]);

test422(opened, "PATCH /app/bad", [
  ["a rate that is not a whole number", { body: { throttleRate: 0.5 } }, "body.throttleRate"],
  ["a null name", { body: { name: null } }, "body.name"],
]);

test422(opened, "PUT /app/bad", [
  ["an app changed to a test app", { body: { name: "a", test: true } }, "body.test"],
]);

test422(opened, "POST /event-type", [
  ["an event type with a leading hyphen", { body: { name: "-a", description: "" } }, "body.name"],
  ["schemas in a list", { body: { name: "a", description: "", schemas: [] } }, "body.schemas"],
  [
    "an invalid JSON Schema",
    { body: { name: "a", description: "", schemas: { "1": { type: "text" } } } },
    "body.schemas",
  ],
]);

test422(opened, "POST /app/bad/line", [
  [
    "a line without credentials",
    { body: { number: "+12065550188" } },
    "body.username body.password",
  ],
  [
    "a line with a bare number",
    { body: { number: "2065550188", username: "u", password: "p" } },
    "body.number",
  ],
]);

test422(opened, "POST /app/bad/key", [
  ["a key of an unknown kind", { body: { kind: "root" } }, "body.kind"],
]);

test422(opened, "GET /app?limit=251", [["a limit beyond 250", {}, "query.limit"]]);

test422(opened, "GET /app?limit=0", [["a limit of zero", {}, "query.limit"]]);

test422(opened, "GET /app?order=up", [["an unknown order", {}, "query.order"]]);

test422(opened, "GET /app/bad/msg?iterator=app_1", [
  ["an iterator of another list", {}, "query.iterator"],
]);

test422(opened, "GET /app/bad/msg?before=now", [["an invalid time", {}, "query.before"]]);

test422(opened, "GET /app/bad/endpoint/ENDPOINT/msg?status=9", [
  ["an unknown status", {}, "query.status"],
]);

const many = (count: number) => Array.from({ length: count }, () => 0);

testRefused(opened, [
  [
    "a large body with many values",
    "POST /app",
    [413, "payload_too_large"],
    { body: { name: "a", metadata: many(60_000) } },
  ],
]);

test422(opened, "PATCH /app/bad", [
  ["a large body that is not JSON", { raw: `{"name":[${many(60_000).join()}` }, "body"],
]);

test422(opened, "POST /app/bad/msg", [
  [
    "a canonical payload with too many values",
    { body: { eventType: "line.blocked", payload: { line: "+12065550188", more: many(10_000) } } },
    "body.payload",
  ],
  [
    "a field with too many values",
    { body: { eventType: "a.b", payload: {}, tags: many(1_001) } },
    "body.tags",
  ],
  [
    "a body with too many fields",
    {
      body: {
        eventType: "a.b",
        payload: {},
        ...Object.fromEntries(many(300).map((n, at) => [`n${at}`.padEnd(80, "n"), n])),
      },
    },
    "body",
  ],
]);

testRefused(opened, [
  ["an unknown app", "POST /app/nobody/msg", [404, "not_found"], event({})],
  ["an unknown app of an endpoint", "POST /app/nobody/endpoint", [404, "not_found"], hook({})],
  ["an unknown endpoint", "GET /app/bad/endpoint/nobody", [404, "not_found"], {}],
  ["an unknown message", "GET /app/bad/msg/nobody", [404, "not_found"], {}],
  ["an unknown attempt", "GET /app/bad/msg/first/attempt/nobody", [404, "not_found"], {}],
  [
    "a put under an unknown id",
    `PUT /app/app_${"0".repeat(27)}`,
    [404, "not_found"],
    { body: { name: "a" } },
  ],
  ["an unknown call", "GET /nothing", [404, "not_found"], {}],
  ["another method", "DELETE /app", [405, "method_not_allowed"], {}],
  ["a repeated eventId", "POST /app/bad/msg", [409, "conflict"], event({ eventId: "first" })],
  [
    "a repeated eventId in a batch",
    "POST /app/bad/msg/batch",
    [409, "conflict"],
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "a.b", payload: {}, eventId: "first" },
      ],
    },
  ],
  [
    "an eventId twice in a batch",
    "POST /app/bad/msg/batch",
    [409, "conflict"],
    { body: [1, 2].map(() => ({ eventType: "a.b", payload: {}, eventId: "twin" })) },
  ],
  ["a taken uid", "POST /app", [409, "conflict"], { body: { name: "a", uid: "bad" } }],
  [
    "a body over 1 MiB",
    "POST /app/bad/msg",
    [413, "payload_too_large"],
    event({ payload: { a: "x".repeat(MIB) } }),
  ],
  [
    "an event over 1 MiB in a batch",
    "POST /app/bad/msg/batch",
    [413, "payload_too_large"],
    { body: [{ eventType: "a.b", payload: { a: "x".repeat(MIB) } }] },
  ],
  [
    "a batch over 8 MiB",
    "POST /app/bad/msg/batch",
    [413, "payload_too_large"],
    {
      body: Array.from({ length: 9 }, () => ({
        eventType: "a.b",
        payload: { a: "x".repeat(MIB - 100) },
      })),
    },
  ],
  [
    "a compressed body",
    "POST /app/bad/msg",
    [415, "unsupported_media_type"],
    { raw: "{}", headers: { "content-encoding": "gzip" } },
  ],
  [
    "a wrong token",
    "POST /app/bad/msg",
    [401, "authentication_failed"],
    { ...event({}), token: "wrong" },
  ],
  ["no token", "POST /app/bad/msg", [401, "authentication_failed"], { ...event({}), token: null }],
  [
    "no token and a bad body",
    "POST /app/bad/msg",
    [401, "authentication_failed"],
    { raw: "{", token: null },
  ],
]);

test("the refusal of a repeated eventId names the first message", async () => {
  const first = await opened.api.call("GET", "/app/bad/msg/first");
  const { id } = first.body as { readonly id: string };
  const single = await opened.api.call("POST", "/app/bad/msg", event({ eventId: "first" }));
  assert.ok(single.text.includes(id), single.text);
  const item = { eventType: "a.b", payload: {}, eventId: "first" };
  const batch = await opened.api.call("POST", "/app/bad/msg/batch", {
    body: [{ ...item, eventId: "new" }, item],
  });
  assert.ok(batch.text.includes(`[1]`) && batch.text.includes(id), batch.text);
});

test("the refusal of a misspelt type names the nearest one", async () => {
  const answer = await opened.api.call("POST", "/app/bad/msg", {
    body: { eventType: "message.recieved", payload: {} },
  });
  assert.match(answer.text, /did you mean \\"message\.received\\"/);
  // A registered name is accepted even when it resembles a known one.
  await opened.api.svix.eventType.create({ name: "message.recieved", description: "on purpose" });
  const meant = await opened.api.call("POST", "/app/bad/msg", {
    body: { eventType: "message.recieved", payload: {} },
  });
  assert.equal(meant.status, 202);
  await opened.api.svix.eventType.delete("message.recieved", { expunge: true });
});
