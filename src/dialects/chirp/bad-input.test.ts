/** Invalid requests are refused in Chirp's format with the name of the field, and change nothing. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChirpApp, toWebhook } from "../../../test/harness/chirp-app.ts";
import type { ChirpApp } from "../../../test/harness/chirp-app.ts";
import { startNativeApi } from "../../../test/harness/native-api.ts";
import type { CallOptions, NativeApi } from "../../../test/harness/native-api.ts";
import { CHIRP_EVENTS } from "./webhooks/events.ts";

const SECRET = "do-not-repeat-me";
const HOOK = {
  url: "https://example.com/webhook",
  events: ["messages.sms.received"],
  headers: { "X-Secret": SECRET },
};

let api: NativeApi;
let live: ChirpApp;
let playground: ChirpApp;
let webhookId: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_HTTP_URLS: "dialect", HOOKLINE_EGRESS_ALLOW: "" });
  live = await openChirpApp(api, { name: "Live" });
  playground = await openChirpApp(api, { name: "Test", test: true });
  webhookId = toWebhook(await live.call("POST", "/webhooks", { body: HOOK }), 201).id;
});
after(() => api[Symbol.asyncDispose]());

const hook = (more: object): CallOptions => ({ body: { ...HOOK, ...more } });
const form = { "content-type": "application/x-www-form-urlencoded" };

type Case = readonly [name: string, sent: CallOptions, param: string | null];

const BODIES: readonly Case[] = [
  ["no body", {}, null],
  ["a body that is not JSON", { raw: '{"url":' }, null],
  ["a body that is not UTF-8", { raw: Buffer.from('{"url":"\xff"}', "latin1") }, null],
  ["a list instead of an object", { raw: "[]" }, null],
  ["a text instead of an object", { raw: '"https://example.com/"' }, null],
];

const FIELDS: readonly Case[] = [
  ["a url that is null", hook({ url: null }), "url"],
  ["a url that is a number", hook({ url: 1 }), "url"],
  ["an empty url", hook({ url: "" }), "url"],
  ["an invalid url", hook({ url: "nope" }), "url"],
  ["a url that is too long", hook({ url: `https://example.com/${"a".repeat(2048)}` }), "url"],
  ["a url without TLS", hook({ url: "http://example.com/" }), "url"],
  ["a url of another scheme", hook({ url: "ftp://example.com/" }), "url"],
  ["a url with a password and no user name", hook({ url: "https://:p@example.com/" }), "url"],
  ["a url of this machine", hook({ url: "https://127.0.0.1/" }), "url"],
  ["a url of the metadata service", hook({ url: "https://169.254.169.254/" }), "url"],
  ["no events at all", hook({ events: [] }), "events"],
  ["events that are null", hook({ events: null }), "events"],
  ["events that are a text", hook({ events: "messages.sms.sent" }), "events"],
  [
    "a wildcard, by its place",
    hook({ events: ["messages.sms.sent", "messages.sms.failed", "messages.sms.*"] }),
    "events[2]",
  ],
  ["an event that Chirp does not have", hook({ events: ["messages.sms.read"] }), "events[0]"],
  ["a canonical event", hook({ events: ["message.received"] }), "events[0]"],
  ["an event that is a number", hook({ events: [1] }), "events[0]"],
  ["headers that are null", hook({ headers: null }), "headers"],
  ["headers that are a list", hook({ headers: ["X-A: 1"] }), "headers"],
  ["a header that is a number", hook({ headers: { "X-A": 1 } }), "headers.X-A"],
  ["a header that is null", hook({ headers: { constructor: null } }), "headers.constructor"],
  ["a header that says where it goes", hook({ headers: { Host: SECRET } }), "headers.Host"],
  ["another content type", hook({ headers: { "content-type": SECRET } }), "headers.content-type"],
  ["another length", hook({ headers: { "Content-Length": "1" } }), "headers.Content-Length"],
  ["a hop", hook({ headers: { "Transfer-Encoding": "x" } }), "headers.Transfer-Encoding"],
  ["a header of ours", hook({ headers: { "Webhook-Id": SECRET } }), "headers.Webhook-Id"],
  ["two headers in one", hook({ headers: { "X-A": `${SECRET}\r\nX-B: 1` } }), "headers.X-A"],
  ["a name with a blank", hook({ headers: { "X A": SECRET } }), "headers.X A"],
  ["one name in two spellings", hook({ headers: { "X-A": "1", "x-a": "2" } }), "headers"],
];

const CREATING: readonly Case[] = [
  ["no url", { body: { events: HOOK.events } }, "url"],
  ["no events", { body: { url: HOOK.url } }, "events"],
];

const INBOUND: readonly Case[] = [
  ["no sender", { body: { to: "+15551234567", text: "" } }, "from"],
  ["a sender without a plus", inbound({ from: "15551234567" }), "from"],
  ["a short code", inbound({ to: "12345" }), "to"],
  ["no text", { body: { from: "+15559876543", to: "+15551234567" } }, "text"],
  ["a text that is a number", inbound({ text: 1 }), "text"],
  ["a text that is too long", inbound({ text: "a".repeat(65_537) }), "text"],
  ["a subject that is null", inbound({ subject: null }), "subject"],
];

function inbound(more: object): CallOptions {
  return { body: { from: "+15559876543", to: "+15551234567", text: SECRET, ...more } };
}

refuses("POST /webhooks", () => live, [...BODIES, ...CREATING, ...FIELDS]);
refuses("PUT /webhooks/ID", () => live, [...BODIES, ...FIELDS]);
refuses("POST /playground/sms/inbound", () => playground, [...BODIES, ...INBOUND]);
refuses("POST /playground/whatsapp/inbound", () => playground, [...BODIES, ...INBOUND]);

function refuses(call: string, caller: () => ChirpApp, cases: readonly Case[]): void {
  describe(`an invalid ${call} is refused`, () => {
    for (const [name, sent, param] of cases) {
      test(name, async () => {
        const error = await refusal(caller(), call, sent, 400);
        assert.equal(error.type, "invalid_request_error");
        assert.equal(error.param ?? null, param);
      });
    }
  });
}

test("an unknown event is refused with the list of known ones", async () => {
  const error = await refusal(live, "POST /webhooks", hook({ events: ["messages.sms.*"] }), 400);
  for (const name of CHIRP_EVENTS) assert.ok(error.message.includes(name), error.message);
});

describe("every other refusal has the appropriate status", () => {
  type Other = readonly [
    name: string,
    call: string,
    sent: CallOptions,
    status: number,
    type: string,
  ];
  const cases: readonly Other[] = [
    ["no key", "GET /webhooks", { token: null }, 401, "authentication_error"],
    ["an unknown key", "GET /webhooks", { token: "sk_live_app_0" }, 401, "authentication_error"],
    [
      "no key on a bad body",
      "POST /webhooks",
      { token: null, raw: "{" },
      401,
      "authentication_error",
    ],
    ["a form", "POST /webhooks", { raw: "url=x", headers: form }, 415, "invalid_request_error"],
    [
      "a body that is too large",
      "POST /webhooks",
      { raw: `"${"a".repeat(1024 * 1024)}"` },
      413,
      "invalid_request_error",
    ],
    ["another method", "PATCH /webhooks", { body: {} }, 405, "invalid_request_error"],
    ["an unknown call", "GET /messages", {}, 404, "invalid_request_error"],
    ["a bad Idempotency-Key", "POST /webhooks", badKey(), 400, "invalid_request_error"],
  ];
  for (const [name, call, sent, status, type] of cases) {
    test(name, async () => {
      assert.equal((await refusal(live, call, sent, status)).type, type);
    });
  }

  test("the playground of a live app", async () => {
    const error = await refusal(live, "POST /playground/sms/inbound", inbound({}), 403);
    assert.equal(error.type, "authentication_error");
    assert.equal(error.code, "test_app_required");
  });
});

function badKey(): CallOptions {
  return { ...hook({}), headers: { "idempotency-key": "a b" } };
}

type ErrorBody = { type: string; message: string; code?: string; param?: string };

/** Returns the refusal, after checking that nothing changed and that it repeats no header value. */
async function refusal(
  caller: ChirpApp,
  call: string,
  sent: CallOptions,
  status: number,
): Promise<ErrorBody> {
  const before = await stored();
  const [method = "", path = ""] = call.replace("ID", webhookId).split(" ");
  const answer = await caller.call(method, path, sent);
  assert.equal(answer.status, status, answer.text);
  assert.equal(await stored(), before);
  assert.ok(!answer.text.includes(SECRET), answer.text);
  const { error } = answer.body as { error: ErrorBody };
  assert.deepEqual(Object.keys(answer.body as object), ["error"]);
  assert.ok(error.message.length > 10 && !error.message.startsWith(" "), answer.text);
  return error;
}

async function stored(): Promise<string> {
  const paths = [live, playground].flatMap(({ id }) => [`/app/${id}/msg`, `/app/${id}/endpoint`]);
  const answers = await Promise.all([
    live.call("GET", "/webhooks"),
    playground.call("GET", "/webhooks"),
    ...paths.map((path) => api.call("GET", path)),
  ]);
  for (const { status } of answers) assert.equal(status, 200);
  return answers.map(({ text }) => text).join("\n");
}
