/** Bad input is a clear 4xx in Svix's error shape that names the field, and nothing of it is stored. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";
import type { Answer, CallOptions, NativeApi } from "../../../test/harness/native-api.ts";

const MIB = 1024 * 1024;
let api: NativeApi;
let app: string;
let endpoint: string;

before(async () => {
  // http is refused by default, and no address is opened.
  api = await startNativeApi({ HOOKLINE_HTTP_URLS: "dialect", HOOKLINE_EGRESS_ALLOW: "" });
  app = (await api.svix.application.create({ name: "Bad", uid: "bad" })).id;
  endpoint = (await api.svix.endpoint.create(app, { url: "https://example.com/" })).id;
  await api.svix.message.create(app, { eventType: "a.b", eventId: "first", payload: {} });
});
after(() => api[Symbol.asyncDispose]());

/** All that a caller could have stored. */
async function stored(): Promise<string> {
  const paths = [
    "/app",
    `/app/${app}/endpoint`,
    `/app/${app}/msg`,
    "/event-type?limit=250",
    `/app/${app}/line`,
    `/app/${app}/key`,
  ];
  const answers = await Promise.all(paths.map((path) => api.call("GET", path)));
  return answers.map(({ text }) => text).join("\n");
}

type Detail = { readonly loc: readonly string[]; readonly msg: string; readonly type: string };

function locations(answer: Answer): string[] {
  const { detail } = answer.body as { readonly detail: readonly Detail[] };
  assert.ok(Array.isArray(detail), answer.text);
  for (const { loc, msg, type } of detail) {
    assert.ok(loc.every((part) => typeof part === "string"));
    assert.ok(msg.length > 0 && type.length > 0);
  }
  return detail.map(({ loc }) => loc.join("."));
}

type Case = readonly [
  name: string,
  method: string,
  path: string,
  more: CallOptions,
  fields: readonly string[],
];

const event = (more: object) => ({ body: { eventType: "a.b", payload: {}, ...more } });
const received = (message: object) => ({
  body: {
    eventType: "message.received",
    payload: {
      message: {
        id: "x",
        channel: "sms",
        from: "+12065550188",
        to: "+14255550100",
        text: "",
        ...message,
      },
    },
  },
});
const hook = (more: object) => ({ body: { url: "https://example.com/", ...more } });

const UNPROCESSABLE: readonly Case[] = [
  [
    "a type one edit from a canonical one",
    "POST",
    "/app/bad/msg",
    { body: { eventType: "message.recieved", payload: {} } },
    ["body.eventType"],
  ],
  [
    "a reserved type",
    "POST",
    "/app/bad/msg",
    { body: { eventType: "endpoint.disabled", payload: {} } },
    ["body.eventType"],
  ],
  [
    "a type with a blank",
    "POST",
    "/app/bad/msg",
    { body: { eventType: "a b", payload: {} } },
    ["body.eventType"],
  ],
  ["no type", "POST", "/app/bad/msg", { body: { payload: {} } }, ["body.eventType"]],
  ["no payload", "POST", "/app/bad/msg", { body: { eventType: "a.b" } }, ["body.payload"]],
  ["a payload that is a list", "POST", "/app/bad/msg", event({ payload: [] }), ["body.payload"]],
  [
    "a payload that breaks its schema",
    "POST",
    "/app/bad/msg",
    received({ from: "206-555-0188" }),
    ["body.payload.message.from"],
  ],
  [
    "a canonical payload without its message",
    "POST",
    "/app/bad/msg",
    { body: { eventType: "message.sent", payload: {} } },
    ["body.payload.message"],
  ],
  [
    "an unknown bare message id",
    "POST",
    "/app/bad/msg",
    { body: { eventType: "message.read", payload: { message: { id: "nobody" } } } },
    ["body.payload.message.id"],
  ],
  ["an unknown field", "POST", "/app/bad/msg", event({ orderingkey: "a" }), ["body.orderingkey"]],
  [
    "an event id like one of ours",
    "POST",
    "/app/bad/msg",
    event({ eventId: "msg_1" }),
    ["body.eventId"],
  ],
  [
    "six channels",
    "POST",
    "/app/bad/msg",
    event({ channels: ["a", "b", "c", "d", "e", "f"] }),
    ["body.channels"],
  ],
  ["an empty list of channels", "POST", "/app/bad/msg", event({ channels: [] }), ["body.channels"]],
  [
    "a channel with a blank",
    "POST",
    "/app/bad/msg",
    event({ channels: ["a", "b c"] }),
    ["body.channels.1"],
  ],
  ["tags that are no list", "POST", "/app/bad/msg", event({ tags: "a" }), ["body.tags"]],
  [
    "deliverAt in the past",
    "POST",
    "/app/bad/msg",
    event({ deliverAt: "2020-01-01T00:00:00Z" }),
    ["body.deliverAt"],
  ],
  [
    "deliverAt that is no time",
    "POST",
    "/app/bad/msg",
    event({ deliverAt: "tomorrow" }),
    ["body.deliverAt"],
  ],
  [
    "a retention of four days",
    "POST",
    "/app/bad/msg",
    event({ payloadRetentionPeriod: 4 }),
    ["body.payloadRetentionPeriod"],
  ],
  [
    "a retention longer than the server's",
    "POST",
    "/app/bad/msg",
    event({ payloadRetentionPeriod: 90 }),
    ["body.payloadRetentionPeriod"],
  ],
  [
    "two retentions",
    "POST",
    "/app/bad/msg",
    event({ payloadRetentionPeriod: 5, payloadRetentionHours: 5 }),
    ["body.payloadRetentionHours"],
  ],
  [
    "an unknown transformation parameter",
    "POST",
    "/app/bad/msg",
    event({ transformationsParams: { a: 1 } }),
    ["body.transformationsParams.a"],
  ],
  [
    "an unknown delivery header",
    "POST",
    "/app/bad/msg",
    event({ transformationsParams: { rawPayload: "{}", headers: { "x-a": "1" } } }),
    ["body.transformationsParams.headers.x-a"],
  ],
  [
    "a payload beside a raw one",
    "POST",
    "/app/bad/msg",
    event({ payload: { a: 1 }, transformationsParams: { rawPayload: "{}" } }),
    ["body.payload"],
  ],
  [
    "a new app with another uid than the path",
    "POST",
    "/app/nobody/msg",
    event({ application: { name: "A", uid: "b" } }),
    ["body.application.uid"],
  ],
  [
    "a new app without a name",
    "POST",
    "/app/nobody/msg",
    event({ application: { uid: "nobody" } }),
    ["body.application.name"],
  ],
  [
    "half of a surrogate pair",
    "POST",
    "/app/bad/msg",
    { raw: '{"eventType":"a.b","payload":{},"orderingKey":"\\ud800"}' },
    ["body.orderingKey"],
  ],
  ["a body that is not JSON", "POST", "/app/bad/msg", { raw: "{nope" }, ["body"]],
  ["an empty body", "POST", "/app/bad/msg", {}, ["body"]],
  [
    "a body that is not UTF-8",
    "POST",
    "/app/bad/msg",
    { raw: Buffer.from('{"eventType":"a.b","payload":{"a":"\xff"}}', "latin1") },
    ["body"],
  ],
  ["a body that is a list", "POST", "/app/bad/msg", { raw: "[]" }, ["body"]],
  [
    "an integer beyond 64 bits",
    "POST",
    "/app/bad/msg",
    { raw: '{"eventType":"a.b","payload":{"a":99999999999999999999}}' },
    ["body"],
  ],
  [
    "an unknown parameter",
    "POST",
    "/app/bad/msg?with_contents=true",
    event({}),
    ["query.with_contents"],
  ],

  ["no url", "POST", "/app/bad/endpoint", { body: {} }, ["body.url"]],
  ["a url that is none", "POST", "/app/bad/endpoint", hook({ url: "nope" }), ["body.url"]],
  [
    "a url with credentials",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://user:pass@example.com/" }),
    ["body.url"],
  ],
  [
    "a url with a fragment",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://example.com/#a" }),
    ["body.url"],
  ],
  [
    "a url of another scheme",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "ftp://example.com/" }),
    ["body.url"],
  ],
  [
    "a url without TLS",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "http://example.com/" }),
    ["body.url"],
  ],
  [
    "a url with a refused port",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://example.com:22/" }),
    ["body.url"],
  ],
  [
    "a url with a refused address",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://127.0.0.1/" }),
    ["body.url"],
  ],
  [
    "a url with a mapped address",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://[::ffff:10.0.0.1]/" }),
    ["body.url"],
  ],
  [
    "a url of the metadata service",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://169.254.169.254/" }),
    ["body.url"],
  ],
  [
    "a url of localhost",
    "POST",
    "/app/bad/endpoint",
    hook({ url: "https://localhost/" }),
    ["body.url"],
  ],
  [
    "two rates that differ",
    "POST",
    "/app/bad/endpoint",
    hook({ rateLimit: 1, throttleRate: 2 }),
    ["body.throttleRate"],
  ],
  [
    "two lists of types that differ",
    "POST",
    "/app/bad/endpoint",
    hook({ filterTypes: ["a"], eventTypes: ["b"] }),
    ["body.eventTypes"],
  ],
  [
    "a rate of nothing",
    "POST",
    "/app/bad/endpoint",
    hook({ throttleRate: 0 }),
    ["body.throttleRate"],
  ],
  ["no types at all", "POST", "/app/bad/endpoint", hook({ eventTypes: [] }), ["body.eventTypes"]],
  [
    "a type with a slip in it",
    "POST",
    "/app/bad/endpoint",
    hook({ eventTypes: ["a.b", "message.recieved"] }),
    ["body.eventTypes.1"],
  ],
  [
    "an operator's type",
    "POST",
    "/app/bad/endpoint",
    hook({ filterTypes: ["message.attempt.exhausted"] }),
    ["body.eventTypes.0"],
  ],
  ["a second version", "POST", "/app/bad/endpoint", hook({ version: 2 }), ["body.version"]],
  ["a filter", "POST", "/app/bad/endpoint", hook({ filter: {} }), ["body.filter"]],
  [
    "a timeout of an hour",
    "POST",
    "/app/bad/endpoint",
    hook({ timeoutMs: 3_600_000 }),
    ["body.timeoutMs"],
  ],
  [
    "a schedule with a step of nothing",
    "POST",
    "/app/bad/endpoint",
    hook({ retrySchedule: [0] }),
    ["body.retrySchedule"],
  ],
  [
    "a schedule of words",
    "POST",
    "/app/bad/endpoint",
    hook({ retrySchedule: ["a"] }),
    ["body.retrySchedule"],
  ],
  ["a line that is none", "POST", "/app/bad/endpoint", hook({ lines: ["home"] }), ["body.lines"]],
  [
    "a secret that is too short",
    "POST",
    "/app/bad/endpoint",
    hook({ secret: "whsec_abc=" }),
    ["body.secret"],
  ],
  [
    "a header of ours",
    "POST",
    "/app/bad/endpoint",
    hook({ headers: { "webhook-id": "1" } }),
    ["body.headers"],
  ],
  [
    "a header over two lines",
    "POST",
    "/app/bad/endpoint",
    hook({ headers: { "x-a": "1\r\nx-b: 2" } }),
    ["body.headers"],
  ],
  [
    "metadata of ours",
    "POST",
    "/app/bad/endpoint",
    hook({ metadata: { "hookline.dialect": "x" } }),
    ["body.metadata.hookline.dialect"],
  ],
  [
    "metadata that is no text",
    "POST",
    "/app/bad/endpoint",
    hook({ metadata: { a: 1 } }),
    ["body.metadata.a"],
  ],
  ["a uid like one of our ids", "POST", "/app/bad/endpoint", hook({ uid: "ep_1" }), ["body.uid"]],
  [
    "several wrong fields at once",
    "POST",
    "/app/bad/endpoint",
    { body: { uid: "a b", disabled: 1, other: 1 } },
    ["body.url", "body.uid", "body.disabled", "body.other"],
  ],
  [
    "null where there is none",
    "PATCH",
    "/app/bad/endpoint/ENDPOINT",
    { body: { url: null } },
    ["body.url"],
  ],
  [
    "a changed url that is refused",
    "PATCH",
    "/app/bad/endpoint/ENDPOINT",
    { body: { url: "https://10.0.0.1/" } },
    ["body.url"],
  ],
  [
    "a grace period of eight days",
    "POST",
    "/app/bad/endpoint/ENDPOINT/secret/rotate",
    { body: { gracePeriodSeconds: 691_200 } },
    ["body.gracePeriodSeconds"],
  ],
  ["a put under another uid", "PUT", "/app/bad/endpoint/one", hook({ uid: "two" }), ["body.uid"]],
  [
    "an example of nothing",
    "POST",
    "/app/bad/endpoint/ENDPOINT/send-example",
    { body: { eventType: "no.such" } },
    ["body.eventType"],
  ],

  ["an app without a name", "POST", "/app", { body: {} }, ["body.name"]],
  ["an app with an empty name", "POST", "/app", { body: { name: "" } }, ["body.name"]],
  [
    "an app with a uid like an id",
    "POST",
    "/app",
    { body: { name: "a", uid: "app_1" } },
    ["body.uid"],
  ],
  [
    "an app that becomes a test app",
    "PUT",
    "/app/bad",
    { body: { name: "a", test: true } },
    ["body.test"],
  ],
  ["a limit beyond 250", "GET", "/app?limit=251", {}, ["query.limit"]],
  ["a limit of nothing", "GET", "/app?limit=0", {}, ["query.limit"]],
  ["an order that is none", "GET", "/app?order=up", {}, ["query.order"]],
  ["an iterator of another list", "GET", "/app/bad/msg?iterator=app_1", {}, ["query.iterator"]],
  ["a time that is none", "GET", "/app/bad/msg?before=now", {}, ["query.before"]],
  ["a status that is none", "GET", "/app/bad/endpoint/ENDPOINT/msg?status=9", {}, ["query.status"]],
  [
    "an event type with a hyphen in front",
    "POST",
    "/event-type",
    { body: { name: "-a", description: "" } },
    ["body.name"],
  ],
  [
    "schemas that are none",
    "POST",
    "/event-type",
    { body: { name: "a", description: "", schemas: [] } },
    ["body.schemas"],
  ],

  [
    "a line without credentials",
    "POST",
    "/app/bad/line",
    { body: { number: "+12065550188" } },
    ["body.username", "body.password"],
  ],
  [
    "a line with a bare number",
    "POST",
    "/app/bad/line",
    { body: { number: "2065550188", username: "u", password: "p" } },
    ["body.number"],
  ],
  ["a key of no kind", "POST", "/app/bad/key", { body: { kind: "root" } }, ["body.kind"]],

  ["an empty batch", "POST", "/app/bad/msg/batch", { raw: "[]" }, ["body"]],
  ["a batch that is no list", "POST", "/app/bad/msg/batch", { raw: "{}" }, ["body"]],
  [
    "a batch of 1,001",
    "POST",
    "/app/bad/msg/batch",
    { body: Array.from({ length: 1001 }, () => ({ eventType: "a.b", payload: {} })) },
    ["body"],
  ],
  [
    "a batch with wrong events",
    "POST",
    "/app/bad/msg/batch",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "a.b" },
        { eventType: "a.b", payload: 1 },
      ],
    },
    ["body.1.payload", "body.2.payload"],
  ],
  [
    "a batch with a slip",
    "POST",
    "/app/bad/msg/batch",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "message.recieved", payload: {} },
      ],
    },
    ["body.1.eventType"],
  ],
  [
    "a batch with an unknown message",
    "POST",
    "/app/bad/msg/batch",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "message.read", payload: { message: { id: "nobody" } } },
      ],
    },
    ["body.1.payload.message.id"],
  ],
  [
    "a line of NDJSON that is none",
    "POST",
    "/app/bad/msg/batch",
    {
      raw: '{"eventType":"a.b","payload":{}}\n{nope\n',
      headers: { "content-type": "application/x-ndjson" },
    },
    ["body.1"],
  ],
  [
    "an app beside an event of a batch",
    "POST",
    "/app/bad/msg/batch",
    { body: [{ eventType: "a.b", payload: {}, application: { name: "a", uid: "bad" } }] },
    ["body.0.application"],
  ],
];

describe("a 422 names the field", () => {
  for (const [name, method, path, more, fields] of UNPROCESSABLE) {
    test(name, async () => {
      const before = await stored();
      const answer = await api.call(method, path.replace("ENDPOINT", endpoint), more);
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual(locations(answer), fields);
      assert.equal(await stored(), before);
    });
  }
});

const REFUSED: readonly [string, number, string, string, string, CallOptions][] = [
  ["an unknown app", 404, "not_found", "POST", "/app/nobody/msg", event({})],
  ["an unknown app of an endpoint", 404, "not_found", "POST", "/app/nobody/endpoint", hook({})],
  ["an unknown endpoint", 404, "not_found", "GET", "/app/bad/endpoint/nobody", {}],
  ["an unknown message", 404, "not_found", "GET", "/app/bad/msg/nobody", {}],
  ["an unknown attempt", 404, "not_found", "GET", "/app/bad/msg/first/attempt/nobody", {}],
  [
    "a put under an id that nobody has",
    404,
    "not_found",
    "PUT",
    `/app/app_${"0".repeat(27)}`,
    { body: { name: "a" } },
  ],
  ["an unknown call", 404, "not_found", "GET", "/nothing", {}],
  ["another method", 405, "method_not_allowed", "DELETE", "/app", {}],
  ["a repeated eventId", 409, "conflict", "POST", "/app/bad/msg", event({ eventId: "first" })],
  [
    "a repeated eventId in a batch",
    409,
    "conflict",
    "POST",
    "/app/bad/msg/batch",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "a.b", payload: {}, eventId: "first" },
      ],
    },
  ],
  [
    "an eventId twice in a batch",
    409,
    "conflict",
    "POST",
    "/app/bad/msg/batch",
    { body: [1, 2].map(() => ({ eventType: "a.b", payload: {}, eventId: "twin" })) },
  ],
  ["a taken uid", 409, "conflict", "POST", "/app", { body: { name: "a", uid: "bad" } }],
  [
    "a body over 1 MiB",
    413,
    "payload_too_large",
    "POST",
    "/app/bad/msg",
    event({ payload: { a: "x".repeat(MIB) } }),
  ],
  [
    "an event over 1 MiB in a batch",
    413,
    "payload_too_large",
    "POST",
    "/app/bad/msg/batch",
    { body: [{ eventType: "a.b", payload: { a: "x".repeat(MIB) } }] },
  ],
  [
    "a batch over 8 MiB",
    413,
    "payload_too_large",
    "POST",
    "/app/bad/msg/batch",
    {
      body: Array.from({ length: 9 }, () => ({
        eventType: "a.b",
        payload: { a: "x".repeat(MIB - 100) },
      })),
    },
  ],
  [
    "a form",
    415,
    "unsupported_media_type",
    "POST",
    "/app/bad/msg",
    { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ],
  [
    "another charset",
    415,
    "unsupported_media_type",
    "POST",
    "/app/bad/msg",
    { raw: "{}", headers: { "content-type": "application/json; charset=latin1" } },
  ],
  [
    "a compressed body",
    415,
    "unsupported_media_type",
    "POST",
    "/app/bad/msg",
    { raw: "{}", headers: { "content-encoding": "gzip" } },
  ],
  [
    "a wrong token",
    401,
    "authentication_failed",
    "POST",
    "/app/bad/msg",
    { ...event({}), token: "wrong" },
  ],
  ["no token", 401, "authentication_failed", "POST", "/app/bad/msg", { ...event({}), token: null }],
  [
    "no token and a bad body",
    401,
    "authentication_failed",
    "POST",
    "/app/bad/msg",
    { raw: "{", token: null },
  ],
];

describe("every other refusal has a code and a sentence", () => {
  for (const [name, status, code, method, path, more] of REFUSED) {
    test(name, async () => {
      const before = await stored();
      const answer = await api.call(method, path, more);
      assert.equal(answer.status, status, answer.text);
      const body = answer.body as { readonly code: string; readonly detail: string };
      assert.equal(body.code, code);
      assert.ok(body.detail.length > 10);
      assert.equal(await stored(), before);
    });
  }

  test("a repeated eventId names the first message", async () => {
    const first = await api.call("GET", "/app/bad/msg/first");
    const { id } = first.body as { readonly id: string };
    const single = await api.call("POST", "/app/bad/msg", event({ eventId: "first" }));
    assert.ok(single.text.includes(id), single.text);
    const item = { eventType: "a.b", payload: {}, eventId: "first" };
    const batch = await api.call("POST", "/app/bad/msg/batch", {
      body: [{ ...item, eventId: "new" }, item],
    });
    assert.ok(batch.text.includes(`[1]`) && batch.text.includes(id), batch.text);
  });

  test("a slip in a type is answered with the right one", async () => {
    const answer = await api.call("POST", "/app/bad/msg", {
      body: { eventType: "message.recieved", payload: {} },
    });
    assert.match(answer.text, /did you mean \\"message\.received\\"/);
    // Registered on purpose, the name is taken at its word.
    await api.svix.eventType.create({ name: "message.recieved", description: "on purpose" });
    const meant = await api.call("POST", "/app/bad/msg", {
      body: { eventType: "message.recieved", payload: {} },
    });
    assert.equal(meant.status, 202);
    await api.svix.eventType.delete("message.recieved", { expunge: true });
  });
});
