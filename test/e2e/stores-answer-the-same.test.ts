/**
 * The differences between the databases that callers must not see: characters that one of them cannot store,
 * and concurrent calls.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChirpApp } from "../harness/chirp-app.ts";
import { startNativeApi } from "../harness/native-api.ts";
import type { NativeApi } from "../harness/native-api.ts";
import { openSendblueAccount } from "../harness/sendblue-account.ts";
import { openZipwhipLine, zipwhipPost } from "../harness/zipwhip-line.ts";
import { makeDatabase } from "../postgres/databases.ts";
import type { TestDatabase } from "../postgres/databases.ts";

const NUL = "\0";
const AT_ONCE = 20;
const URL = "https://example.com/";

describe("on SQLite", () => {
  sameAnswers(async () => "sqlite::memory:");
});

describe("on PostgreSQL", () => {
  let database: TestDatabase;
  after(() => database[Symbol.asyncDispose]());
  sameAnswers(async () => {
    database = await makeDatabase();
    return database.url;
  });
});

function sameAnswers(openStore: () => Promise<string>): void {
  let api: NativeApi;
  before(async () => {
    api = await startNativeApi({
      HOOKLINE_STORE: await openStore(),
      HOOKLINE_EGRESS_ALLOW: "",
    });
    await api.svix.application.create({ name: "a", uid: "a" });
    await api.svix.endpoint.create("a", { url: URL, uid: "e" });
    await api.svix.message.create("a", { eventType: "t.a", eventId: "m", payload: {} });
  });
  after(() => api[Symbol.asyncDispose]());

  test("U+0000 in a path or a parameter is a 422 that names it", async () => {
    const paths: readonly (readonly [string, string])[] = [
      ["GET /app/a%00", "path.app"],
      ["DELETE /app/%00", "path.app"],
      ["GET /app/a/endpoint/%00", "path.endpoint"],
      ["DELETE /app/a/endpoint/e%00", "path.endpoint"],
      ["GET /app/a/msg/%00", "path.msg"],
      ["GET /app/a/msg/m/attempt/%00", "path.attempt"],
      ["DELETE /app/a/line/%00", "path.line"],
      ["DELETE /app/a/key/%00", "path.key"],
      ["GET /event-type/%00", "path.name"],
      ["GET /background-task/%00", "path.task"],
      ["DELETE /operational-webhook/endpoint/%00", "path.endpoint"],
      ["GET /app/a/msg?channel=%00", "query.channel"],
      ["GET /app/a/msg?tag=a%00", "query.tag"],
      ["GET /app/a/msg?event_types=t.a,%00", "query.event_types"],
      ["GET /app/a/attempt/msg/m?endpoint_id=%00", "query.endpoint_id"],
      ["GET /app?iterator=%00", "query.iterator"],
      ["GET /app/a/event?after=%00", "query.after"],
    ];
    for (const [call, field] of paths) {
      const [method = "", path = ""] = call.split(" ");
      const answer = await api.call(method, path);
      assert.equal(answer.status, 422, `${call}: ${answer.text}`);
      const { detail } = answer.body as { readonly detail: readonly { readonly loc: string[] }[] };
      assert.ok(
        detail.some(({ loc }) => loc.join(".") === field),
        answer.text,
      );
    }
  });

  test("U+0000 in a stored text of a body is refused with 422, and payloads may contain it", async () => {
    const event = { eventType: "t.a", payload: {} };
    const bodies: readonly (readonly [string, string, object])[] = [
      ["POST", "/app", { name: NUL }],
      ["POST", "/app", { name: "n", metadata: { a: NUL } }],
      ["PATCH", "/app/a", { metadata: { [`a${NUL}`]: "b" } }],
      ["POST", "/app/a/endpoint", { url: URL, description: NUL }],
      ["POST", "/app/a/endpoint", { url: `${URL}${NUL}` }],
      ["PUT", "/app/a/endpoint/e/headers", { headers: { "x-a": NUL } }],
      ["POST", "/app/a/msg", { ...event, tags: [NUL] }],
      ["POST", "/app/a/msg", { ...event, orderingKey: NUL }],
      ["POST", "/app/a/msg/batch", [{ ...event, tags: [NUL] }]],
      ["POST", "/event-type", { name: "t.n", description: NUL }],
      ["POST", "/app/a/line", { number: "+12065550188", username: NUL, password: "p" }],
    ];
    for (const [method, path, body] of bodies) {
      const answer = await api.call(method, path, { body });
      assert.equal(answer.status, 422, `${path} ${JSON.stringify(body)}: ${answer.text}`);
    }
    const payload = { text: `a${NUL}b`, [`n${NUL}`]: 1 };
    const custom = await api.call("POST", "/app/a/msg", { body: { eventType: "t.a", payload } });
    assert.equal(custom.status, 202, custom.text);
    const { id } = custom.body as { readonly id: string };
    const shown = await api.call("GET", `/app/a/msg/${id}`);
    assert.deepEqual((shown.body as { readonly payload: object }).payload, payload);
    const [from, to, text] = ["+12065550188", "+12065550142", `a${NUL}b`];
    const message = { id: "nul", channel: "sms", from, to, text };
    const received = { eventType: "message.received", payload: { message } };
    const taken = await api.call("POST", "/app/a/msg", { body: received });
    assert.equal(taken.status, 202, taken.text);
    const schemas = { "1": { type: "object", title: `a${NUL}` } };
    const registered = await api.call("POST", "/event-type", {
      body: { name: "t.nul", description: "", schemas },
    });
    assert.equal(registered.status, 201, registered.text);
  });

  test("U+0000 in a call of the messaging APIs is a refusal that names it", async () => {
    const line = await openZipwhipLine(api, { app: "a", number: "+12065550100" });
    const logins = [
      { username: NUL, password: "p" },
      { username: line.username, password: NUL },
      { mobileNumber: `+1206${NUL}5550100`, password: "p" },
    ];
    for (const fields of logins) {
      const { body, text } = await zipwhipPost(api.url, "/user/login", fields);
      assert.equal(body.success, false);
      assert.match(text, /U\+0000/);
    }
    const calls: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["/webhook/list", { session: NUL }],
      [
        "/webhook/add",
        { session: line.session, type: "message", event: "receive", url: `${URL}${NUL}` },
      ],
      ["/hostedContent/get", { storageKey: NUL }],
    ];
    for (const [path, fields] of calls) {
      const { body, text } = await zipwhipPost(api.url, path, fields);
      assert.equal(body.success, false, text);
      assert.match(text, /U\+0000/);
    }
    const asJson = await fetch(`${api.url}/user/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: NUL, password: "p" }),
    });
    assert.match(await asJson.text(), /U\+0000/);
    const inQuery = await fetch(`${api.url}/user/login?username=%00&password=p`);
    assert.match(await inQuery.text(), /U\+0000/);

    const sendblue = await openSendblueAccount(api);
    for (const entry of [`${URL}${NUL}`, { url: `${URL}${NUL}` }, { url: URL, secret: NUL }]) {
      const answer = await sendblue.call("POST", { body: { webhooks: [entry] } });
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    }
    const removal = await sendblue.call("DELETE", {
      path: `/api/account/webhooks?webhooks=${encodeURIComponent(`${URL}${NUL}`)}`,
    });
    assert.ok(removal.status >= 400 && removal.status < 500, removal.text);

    const chirp = await openChirpApp(api, { name: "c" });
    const hook = { url: `${URL}${NUL}`, events: ["messages.sms.received"] };
    for (const answer of [
      await chirp.call("POST", "/webhooks", { body: hook }),
      await chirp.call("POST", "/webhooks", { body: { ...hook, url: URL, headers: { a: NUL } } }),
      await chirp.call("GET", "/webhooks/%00"),
    ]) {
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    }
  });

  test("one of several concurrent puts of a new uid creates it, and the others change it", async () => {
    const places = [
      ["/app/new", { name: "n" }],
      ["/app/a/endpoint/new", { url: URL }],
      ["/operational-webhook/endpoint/new", { url: URL }],
      ["/event-type/t.new", { description: "" }],
    ] as const;
    for (const [path, body] of places) {
      const put = () => api.call("PUT", path, { body });
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, put));
      const statuses = sortedStatuses(answers);
      const expected = [...Array.from({ length: AT_ONCE - 1 }, () => 200), 201];
      assert.deepEqual(statuses, expected, `${path}: ${answers.at(-1)?.text}`);
      const ids = answers.map(({ body: one }) => (one as { readonly id?: string }).id);
      assert.equal(new Set(ids).size, 1);
    }
  });

  test("one of several concurrent creations of a uid succeeds, and get-or-create finds it", async () => {
    const body = { name: "n", uid: "twin" };
    const create = () => api.call("POST", "/app", { body });
    const made = await Promise.all(Array.from({ length: AT_ONCE }, create));
    const statuses = sortedStatuses(made);
    assert.deepEqual(statuses, [201, ...Array.from({ length: AT_ONCE - 1 }, () => 409)]);
    const other = { name: "n", uid: "got" };
    const get = () => api.call("POST", "/app?get_if_exists=true", { body: other });
    const got = await Promise.all(Array.from({ length: AT_ONCE }, get));
    assert.deepEqual(sortedStatuses(got), [...Array.from({ length: AT_ONCE - 1 }, () => 200), 201]);
    const application = { name: "n", uid: "beside" };
    const event = { eventType: "t.a", payload: {}, application };
    const publish = () => api.call("POST", "/app/beside/msg", { body: event });
    const published = await Promise.all(Array.from({ length: AT_ONCE }, publish));
    assert.deepEqual(
      published.map(({ status }) => status),
      published.map(() => 202),
    );
  });
}

function sortedStatuses(answers: readonly { readonly status: number }[]): number[] {
  return answers.map(({ status }) => status).toSorted((a, b) => a - b);
}
