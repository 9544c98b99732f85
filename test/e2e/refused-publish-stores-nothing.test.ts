/**
 * The converse of I1: a publish that is not answered with 2xx is not stored. Each invalid publish gets a 4xx
 * in Svix's error shape that names the field. Afterwards no message, delivery or endpoint has been added
 * (I12).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { rawCall } from "../harness/raw-call.ts";
import type { RawAnswer, RawRequest } from "../harness/raw-call.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";

const MIB = 1024 * 1024;
const MSG = "/app/bad/msg";
const ENDPOINT = "/app/bad/endpoint";

type Case = {
  readonly name: string;
  readonly path?: string;
  readonly request: RawRequest;
  readonly status?: number;
  /** The paths of the fields that a 422 names, in Svix's notation. */
  readonly fields?: readonly string[];
  readonly word?: string;
  /** A text that the response body contains, in any of its shapes. */
  readonly says?: RegExp;
};

const json = (body: unknown): RawRequest => ({ body: JSON.stringify(body) });
const event = (eventType: string, payload: object) => json({ eventType, payload });
const RECEIVED = { id: "m", channel: "sms", from: "+12065550188", to: "+14255550100", text: "x" };
const padding = (bytes: number) => event("order.paid", { padding: "x".repeat(bytes) });

const CASES: readonly Case[] = [
  {
    name: "an event type one edit from a canonical one",
    request: event("message.recieved", { message: RECEIVED }),
    fields: ["body.eventType"],
    says: /message\.received/,
  },
  {
    name: "a canonical type whose payload lacks a field",
    request: event("message.received", { message: { ...RECEIVED, from: undefined } }),
    fields: ["body.payload.message.from"],
  },
  {
    name: "a canonical type whose payload has a field of another type",
    request: event("message.received", { message: { ...RECEIVED, channel: "pigeon" } }),
    fields: ["body.payload.message.channel"],
  },
  {
    name: "an unknown bare message id",
    request: event("message.progress", {
      message: { id: "unknown", status: "delivered_to_handset" },
    }),
    fields: ["body.payload.message.id"],
  },
  { name: "a body that is not JSON", request: { body: `{"eventType":` }, fields: ["body"] },
  { name: "no body", request: { body: "" }, fields: ["body"] },
  { name: "a body that is not an object", request: { body: "[]" }, fields: ["body"] },
  {
    name: "a body that is not UTF-8",
    request: {
      body: Buffer.concat([
        Buffer.from(`{"eventType":"order.paid","payload":{"name":"`),
        Uint8Array.of(0xc3, 0x28),
        Buffer.from(`"}}`),
      ]),
    },
    fields: ["body"],
  },
  {
    name: "a body over 1 MiB",
    request: padding(MIB),
    status: 413,
    word: "payload_too_large",
  },
  { name: "no payload", request: json({ eventType: "order.paid" }), fields: ["body.payload"] },
  {
    name: "an unknown field",
    request: json({ eventType: "order.paid", payload: {}, priority: 1 }),
    fields: ["body.priority"],
  },
  {
    name: "an unknown application",
    path: "/app/nobody/msg",
    request: event("order.paid", {}),
    status: 404,
    word: "not_found",
    says: /nobody/,
  },
  {
    name: "a wrong token",
    request: { ...event("order.paid", {}), token: "hk_test_wrong_0123456789" },
    status: 401,
    word: "authentication_failed",
  },
  {
    name: "no token",
    request: { ...event("order.paid", {}), token: null },
    status: 401,
    word: "authentication_failed",
  },
  {
    name: "a compressed body",
    request: { ...event("order.paid", {}), headers: { "content-encoding": "gzip" } },
    status: 415,
    word: "unsupported_media_type",
  },
  {
    name: "a batch with one invalid event",
    path: `${MSG}/batch`,
    request: json([
      { eventType: "order.paid", payload: {} },
      { eventType: "message.recieved", payload: {} },
      { eventType: "order.paid", payload: {} },
    ]),
    fields: ["body.1.eventType"],
  },
  {
    name: "a batch with one unknown message",
    path: `${MSG}/batch`,
    request: json([
      { eventType: "order.paid", payload: {} },
      { eventType: "message.read", payload: { message: { id: "unknown" } } },
    ]),
    fields: ["body.1.payload.message.id"],
  },
  {
    name: "a line of NDJSON that is not JSON",
    path: `${MSG}/batch`,
    request: {
      body: `{"eventType":"order.paid","payload":{}}\n{"eventType":\n`,
      headers: { "content-type": "application/x-ndjson" },
    },
    fields: ["body.1"],
  },
  {
    name: "an empty batch",
    path: `${MSG}/batch`,
    request: json([]),
    fields: ["body"],
  },
  ...Object.entries({
    "a colon in its user name": "https://us%3Aer:secret@example.com/",
    "a fragment": "https://example.com/#there",
    "a scheme other than http": "ftp://example.com/",
    "plain http": "http://example.com/",
    "a port that is not allowed": "https://example.com:22/",
    "a port that browsers refuse": "https://example.com:6667/",
    "a loopback address": "https://127.0.0.1/",
    "a private address": "https://10.0.0.1/",
    "a loopback address in another notation": "https://0x7f.1/",
    "a private IPv6 address": "https://[::ffff:169.254.169.254]/",
    "a name of a local network": "https://metadata.google.internal/",
    "no host": "https:///path",
  }).map(([what, url]) => ({
    name: `an endpoint with ${what}`,
    path: ENDPOINT,
    request: json({ url }),
    fields: ["body.url"],
  })),
];

describe("invalid requests", () => {
  const folder = temporaryFolder();
  const settings = { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` };
  let server: ServerProcess;
  before(async () => {
    // The policy has its defaults except for HOOKLINE_HTTP_URLS: no private address is allowed.
    server = await startServer({ settings: { ...settings, HOOKLINE_HTTP_URLS: "dialect" } });
    await call(server.url, "POST", "/app", { name: "Bad", uid: "bad" });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  for (const { name, path = MSG, request, status = 422, fields, word, says } of CASES) {
    test(`${name} is refused with ${status} and stores nothing`, async () => {
      const answer = await rawCall(server.url, "POST", path, request);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
      if (fields === undefined) assert.equal(plainRefusal(answer).code, word);
      else assert.deepEqual(fieldsNamed(answer), fields);
      if (says !== undefined) assert.match(answer.text, says);
    });
  }

  test("an event of exactly the maximum size is accepted", async () => {
    const room = Buffer.byteLength(String(padding(0).body));
    const answer = await rawCall(server.url, "POST", MSG, padding(MIB - room));
    assert.equal(answer.status, 202, answer.text);
    const tooLarge = await rawCall(server.url, "POST", MSG, padding(MIB - room + 1));
    assert.equal(tooLarge.status, 413, tooLarge.text);
  });

  test("after all refusals the store contains only the accepted events", async () => {
    const list = async (path: string) => (await call(server.url, "GET", path)).body["data"];
    assert.deepEqual(await list(ENDPOINT), []);
    const messages = (await list(MSG)) as { readonly eventType: string }[];
    assert.deepEqual(
      messages.map(({ eventType }) => eventType),
      ["order.paid"],
    );
    assert.equal(((await list("/app")) as object[]).length, 1);
    assert.equal((await checkStore(settings)).created, 0);
  });
});

test("a refused event is not delivered, and neither is any event of a refused batch", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  await using server = await startServer({ settings });
  await call(server.url, "POST", "/app", { name: "Bad", uid: "bad" });
  const endpoint = { url: receiver.url };
  assert.equal((await call(server.url, "POST", ENDPOINT, endpoint)).status, 201);
  for (const { name, path = MSG, request } of CASES) {
    if (path === ENDPOINT) continue;
    assert.ok((await rawCall(server.url, "POST", path, request)).status >= 400, name);
  }
  assert.equal((await checkStore(settings)).created, 0);

  const good = await call(server.url, "POST", MSG, { eventType: "order.paid", payload: {} });
  await receiver.until(() => receiver.receipts.length > 0);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(
    receiver.receipts.map(({ headers }) => headers["webhook-id"]),
    [good.body["id"]],
  );
});

/** The error `{code, detail}`, which has no more members when no field is at fault. */
function plainRefusal({ text }: RawAnswer): { readonly code: string; readonly detail: string } {
  const body = JSON.parse(text) as { readonly code: string; readonly detail: string };
  assert.deepEqual(Object.keys(body), ["code", "detail"]);
  assert.ok(body.detail.length > 0);
  return body;
}

/** The `loc` paths of `{detail: [{loc, msg, type}]}`. */
function fieldsNamed({ text }: RawAnswer): string[] {
  const { detail } = JSON.parse(text) as {
    readonly detail: readonly { readonly loc: string[]; msg: string; type: string }[];
  };
  assert.ok(Array.isArray(detail), text);
  for (const { msg, type } of detail) assert.ok(msg.length > 0 && type.length > 0, text);
  return detail.map(({ loc }) => loc.join("."));
}
