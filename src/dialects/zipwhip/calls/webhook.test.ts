/** The webhooks of a line, with the calls and answers of document 001. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { temporaryFolder } from "../../../../test/harness/server.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import { openStoreBeside } from "../../../../test/harness/store-beside.ts";
import {
  loginZipwhip,
  openZipwhipLine,
  zipwhipFetch,
  zipwhipPost,
} from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";
import { BASIC, basic, LEAK, withCredentials } from "../../../../test/harness/url-credentials.ts";

let api: NativeApi;
let app: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Hooks" })).id;
});
after(() => api[Symbol.asyncDispose]());

type Hook = { readonly webhookId: number; readonly url: string; readonly method: string };

let numbers = 0;
function openLine(ref = app): Promise<ZipwhipLine> {
  return openZipwhipLine(api, { app: ref, number: `+1206555${1000 + ++numbers}` });
}

async function add(line: ZipwhipLine, more: Readonly<Record<string, string>> = {}): Promise<Hook> {
  const fields = { type: "message", event: "receive", url: "https://example.com/a", ...more };
  const [hook] = (await line.done("/webhook/add", fields)) as [Hook];
  return hook;
}

async function list(line: ZipwhipLine): Promise<readonly Hook[]> {
  return (await line.done("/webhook/list")) as Hook[];
}

test("the four examples of document 001 are answered as it prints them, with the keys in its order", async () => {
  const { session } = await openLine();
  const url = "https://test.zipwhip.com/message/receive";
  const post = async (path: string, fields: Readonly<Record<string, string>>) =>
    (await zipwhipPost(api.url, path, { session, ...fields })).text;

  const added = await post("/webhook/add", {
    type: "message",
    event: "receive",
    url,
    method: "POST",
  });
  const id = /"webhookId":(\d+)/.exec(added)?.[1] ?? "";
  assert.ok(Number(id) >= 1 && Number(id) <= 2 ** 31 - 1, added);
  const printed = (method: string) =>
    `{"success":true,"response":[{"webhookId":${id},"type":"message","event":"receive",` +
    `"url":"${url}","method":"${method}"}]}`;
  assert.equal(added, printed("POST"));
  assert.equal(await post("/webhook/update", { method: "PUT" }), printed("PUT"));
  const listed = await fetch(`${api.url}/webhook/list?session=${session}`);
  assert.equal(await listed.text(), printed("PUT"));
  assert.equal(await post("/webhook/delete", { webhookId: id }), '{"success":true,"response":[]}');
  assert.equal(await post("/webhook/list", {}), '{"success":true,"response":[]}');
});

test("two logins of a line see the same webhooks, and another line of the app sees only its own", async () => {
  const [line, other] = [await openLine(), await openLine()];
  const hook = await add(line);
  const second = await loginZipwhip(api.url, line.username);
  assert.notEqual(second, line.session);
  const { body } = await zipwhipPost(api.url, "/webhook/list", { session: second });
  assert.deepEqual(body.response, [hook]);
  assert.deepEqual(await list(other), []);
  const own = await add(other);
  assert.deepEqual(await list(other), [own]);
  assert.deepEqual(await list(line), [hook]);
});

describe("adding", () => {
  test("accepts every pair of type and event, in any case, with any of the three methods", async () => {
    const line = await openLine();
    const pairs = ["receive", "send", "progress", "read", "delete"].map((e) => ["message", e]);
    for (const [type = "", event = ""] of [...pairs, ["optout", "change"]]) {
      const hook = await add(line, { type: type.toUpperCase(), event: event.toUpperCase() });
      assert.deepEqual(hook, { ...hook, type, event, method: "POST" });
    }
    assert.equal((await add(line, { method: "get" })).method, "GET");
    assert.equal((await add(line, { method: "Put" })).method, "PUT");
    assert.equal((await list(line)).length, 8);
  });

  test("a duplicate in any spelling returns the existing webhook", async () => {
    const line = await openLine();
    const hook = await add(line, { url: "https://example.com" });
    assert.equal(hook.url, "https://example.com");
    assert.deepEqual(await add(line, { url: "https://EXAMPLE.com/", event: "Receive" }), hook);
    assert.notDeepEqual(await add(line, { url: "https://example.com", method: "PUT" }), hook);
    assert.equal((await list(line)).length, 2);
  });

  test("simultaneous duplicates make one webhook", async () => {
    const line = await openLine();
    const hooks = await Promise.all(Array.from({ length: 12 }, () => add(line)));
    assert.equal(new Set(hooks.map(({ webhookId }) => webhookId)).size, 1);
    assert.equal((await list(line)).length, 1);
  });

  test("different webhooks at the same time are all added, with distinct numbers", async () => {
    const line = await openLine();
    const urls = Array.from({ length: 8 }, (_, i) => `https://example.com/${i}`);
    const hooks = await Promise.all(urls.map((url) => add(line, { url })));
    assert.equal(new Set(hooks.map(({ webhookId }) => webhookId)).size, 8);
    assert.deepEqual((await list(line)).map(({ url }) => url).sort(), urls);
  });
});

test("each webhook has a separate minimum TLS version, which no answer shows", async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${folder.path}/hookline.db`;
  await using own = await startNativeApi({
    HOOKLINE_STORE: url,
    HOOKLINE_APIS: "svix,zipwhip",
  });
  const { id: appRef } = await own.svix.application.create({ name: "TLS" });
  const line = await openZipwhipLine(own, { app: appRef, number: "+12065550100" });
  await using store = await openStoreBeside(url);
  const stored = async () => {
    const set = await store.endpoints.readSet({ appRef, dialect: "zipwhip", line: line.number });
    return set?.endpoints.map(({ tlsMinVersion }) => tlsMinVersion);
  };

  const hook = await add(line, { tlsMinVersion: "1.0" });
  assert.deepEqual(Object.keys(hook), ["webhookId", "type", "event", "url", "method"]);
  assert.deepEqual(await stored(), ["1.0"]);
  assert.deepEqual(await add(line, { tlsMinVersion: "1.1" }), hook);
  assert.deepEqual(await stored(), ["1.1"]);
  await line.done("/webhook/update", { tlsMinVersion: "1.3" });
  assert.deepEqual(await stored(), ["1.3"]);
  await line.done("/webhook/update", { method: "PUT" });
  assert.deepEqual(await stored(), ["1.3"]);
  const refused = await line.call("/webhook/update", { tlsMinVersion: "SSLv3" });
  assert.equal(refused.body.success, false);
  assert.deepEqual(await stored(), ["1.3"]);
});

describe("updating", () => {
  test("changes the given fields and keeps the others", async () => {
    const line = await openLine();
    const [hook, other] = [await add(line), await add(line, { event: "send" })];
    const webhookId = String(hook.webhookId);
    const url = "https://example.com/b?c=d&e=f";
    const [moved] = (await line.done("/webhook/update", { webhookId, url })) as [Hook];
    assert.deepEqual(moved, { ...hook, url });
    const [put] = (await line.done("/webhook/update", { webhookId, method: "put" })) as [Hook];
    assert.deepEqual(put, { ...hook, url, method: "PUT" });
    assert.deepEqual(await line.done("/webhook/update", { webhookId }), [put]);
    assert.deepEqual(await list(line), [put, other]);
  });

  test("without a number changes the only webhook, and is refused when there are none or several", async () => {
    const line = await openLine();
    const none = await line.call("/webhook/update", { method: "PUT" });
    assert.match(none.text, /"success":false,"response":"webhookId is missing.* 0 webhooks/);
    const hook = await add(line);
    assert.deepEqual(await line.done("/webhook/update", { method: "PUT" }), [
      { ...hook, method: "PUT" },
    ]);
    await add(line, { event: "send" });
    const several = await line.call("/webhook/update", { method: "GET" });
    assert.match(several.text, /"success":false,"response":"webhookId is missing.* 2 webhooks/);
    assert.ok((await list(line)).every(({ method }) => method !== "GET"));
  });

  test("is refused when it would make two equal webhooks", async () => {
    const line = await openLine();
    const first = await add(line);
    await add(line, { url: "https://example.com/b" });
    const webhookId = String(first.webhookId);
    const before = await list(line);
    const answer = await line.call("/webhook/update", { webhookId, url: "https://example.com/b" });
    assert.equal(answer.body.success, false);
    assert.deepEqual(await list(line), before);
  });
});

describe("deleting", () => {
  test("removes one webhook and leaves the others", async () => {
    const line = await openLine();
    const [hook, other] = [await add(line), await add(line, { event: "send" })];
    const webhookId = String(hook.webhookId);
    assert.deepEqual(await line.done("/webhook/delete", { webhookId }), []);
    assert.deepEqual(await list(line), [other]);
    const again = await line.call("/webhook/delete", { webhookId });
    assert.equal(again.body.success, false);
  });

  test("cancels the pending deliveries of the webhook", async () => {
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(500).end(),
    );
    const line = await openLine();
    const hook = await add(line, { url: receiver.url });
    const message = { id: "gone", channel: "sms", from: "+12065550188", to: line.number, text: "" };
    const payload = { message };
    await api.call("POST", `/app/${app}/msg`, { body: { eventType: "message.received", payload } });
    await receiver.until(() => receiver.receipts.length === 1);
    const { data } = await api.svix.message.list(app, { eventTypes: ["message.received"] });
    const loadStatus = async () => {
      const answer = await api.call("GET", `/app/${app}/msg/${data[0]?.id}/endpoint`);
      const [endpoint] = (answer.body as { data: { statusText: string }[] }).data;
      return endpoint?.statusText;
    };
    assert.equal(await loadStatus(), "fail", "it will be tried again");
    await line.done("/webhook/delete", { webhookId: String(hook.webhookId) });
    assert.equal(await loadStatus(), "canceled");
  });
});

test("webhooks remain after the sessions of their line end", async () => {
  const line = await openLine();
  const hook = await add(line);
  assert.equal(await line.done("/user/logout"), true);
  assert.equal((await line.call("/webhook/list")).body.success, false);
  const session = await loginZipwhip(api.url, line.username);
  const { body } = await zipwhipPost(api.url, "/webhook/list", { session });
  assert.deepEqual(body.response, [hook]);
});

describe("parameters are read", () => {
  const fields = { type: "message", event: "read", url: "https://example.com/q?a=1&b=2" };

  test("from the query, a form, multipart and JSON alike, at paths in any case", async () => {
    const line = await openLine();
    const all = { session: line.session, ...fields };
    const query = new URLSearchParams(all).toString();
    const form = new FormData();
    for (const [name, value] of Object.entries(all)) form.append(name, value);
    const json = { "content-type": "application/json" };
    const answers = await Promise.all([
      zipwhipFetch(`${api.url}/webhook/add?${query}`, {}),
      zipwhipFetch(`${api.url}/Webhook/ADD/?${query}`, { method: "POST" }),
      zipwhipFetch(`${api.url}/webhook/add`, { method: "POST", body: form }),
      zipwhipFetch(`${api.url}/webhook/add`, {
        method: "POST",
        headers: json,
        body: JSON.stringify(all),
      }),
      zipwhipFetch(`${api.url}/webhook/add?session=${line.session}`, {
        method: "POST",
        body: new URLSearchParams(fields),
      }),
      zipwhipPost(api.url, "/WEBHOOK/Add", all),
    ]);
    for (const { text } of answers) assert.equal(text, answers[0]?.text);
    assert.equal(answers[0]?.body.success, true, answers[0]?.text);
    assert.equal((await list(line)).length, 1);
  });
});

test("the password of a URL is sent as Basic credentials, does not distinguish webhooks, and is never shown", async () => {
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  const line = await openLine();
  const { given, shown } = withCredentials(`${receiver.url}/a`);
  let sent = 0;
  const authorization = async (to = receiver) => {
    const before = to.receipts.length;
    const id = `credentials-${++sent}`;
    const message = { id, channel: "sms", from: "+12065550188", to: line.number, text: "" };
    const body = { eventType: "message.received", payload: { message } };
    await api.call("POST", `/app/${app}/msg`, { body });
    await to.until(() => to.receipts.length > before);
    return to.receipts.at(-1)?.headers["authorization"];
  };
  const hook = await add(line, { url: given });
  const webhookId = String(hook.webhookId);
  assert.equal(hook.url, shown);
  assert.equal(await authorization(), BASIC);
  assert.deepEqual(await add(line, { url: shown }), hook);
  assert.equal(await authorization(), BASIC);
  await line.done("/webhook/update", { webhookId, url: `${shown}/b` });
  assert.equal(await authorization(), BASIC);
  await line.done("/webhook/update", { webhookId, url: shown, method: "PUT" });
  assert.equal(await authorization(), BASIC);
  // The same webhook with another password.
  const second = { url: shown.replace("@", ":second@"), method: "PUT" };
  assert.equal((await add(line, second)).webhookId, hook.webhookId);
  assert.equal((await list(line)).length, 1);
  assert.equal(await authorization(), basic("us@er", "second"));
  const elsewhere = withCredentials(`${other.url}/a`).shown;
  await line.done("/webhook/update", { webhookId, url: elsewhere });
  assert.equal(await authorization(other), basic("us@er", ""));
  await line.done("/webhook/update", { webhookId, url: given });
  assert.equal(await authorization(), BASIC);
  const { text } = await line.call("/webhook/list");
  assert.match(text, /us%40er@/);
  assert.doesNotMatch(text, LEAK);
});
