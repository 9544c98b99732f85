/**
 * The requests and responses of the specification documents, in their order. Each test has the command line
 * with host and key replaced, and the printed response beside it. The real curl and the real SDK run them, so
 * that a reader can compare document and test line by line.
 *
 * The allowed differences are values that a server assigns: ids, instants, and the URLs of the SDK's
 * examples.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import Sendblue from "sendblue";
import { startNativeApi } from "../harness/native-api.ts";
import type { NativeApi } from "../harness/native-api.ts";
import { LINE_PASSWORD, openZipwhipLine } from "../harness/zipwhip-line.ts";

const run = promisify(execFile);

let api: NativeApi;
let app: string;
before(async () => {
  // Each dialect has its default rule for http, so that the documents' https URLs are required where they
  // have them.
  api = await startNativeApi({ HOOKLINE_HTTP_URLS: "dialect" });
  app = (await api.svix.application.create({ name: "Documents" })).id;
});
after(() => api[Symbol.asyncDispose]());

/** Runs a command line as printed, with its backslashes and quotes. Returns the response body. */
async function curl(printed: string, replaced: Readonly<Record<string, string>>): Promise<string> {
  let line = printed
    .trim()
    .replace(/^\$ ?/, "")
    .replaceAll(/\\\n\s*/g, "");
  for (const [from, to] of Object.entries(replaced)) line = line.replaceAll(from, to);
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  assert.equal(words[0], "curl");
  const { stdout } = await run("curl", [
    "--silent",
    "--show-error",
    ...(words.slice(1) as string[]),
  ]);
  return stdout;
}

/** Compares JSON without its white space. Numbers below `webhookId` are taken from the response. */
function compact(printed: string, webhookId: string): string {
  return JSON.stringify(JSON.parse(printed)).replaceAll("687557714", webhookId);
}

async function newSession(number: string): Promise<string> {
  return (await openZipwhipLine(api, { app, number })).session;
}

describe("document 001, webhooks of Zipwhip", () => {
  let replaced: Record<string, string>;
  let webhookId = "";
  before(async () => {
    const session = await newSession("+12065550141");
    replaced = { "https://api.zipwhip.com": api.url, "[sessionKey]": session };
  });

  test("Adding Web Hooks, example request", async () => {
    const answer = await curl(
      String.raw`
$ curl -X POST https://api.zipwhip.com/webhook/add \
       -d session=[sessionKey] \
       -d type=message \
       -d event=receive \
       -d url=https://test.zipwhip.com/message/receive \
       -d method=POST
`,
      replaced,
    );
    webhookId = /"webhookId":(\d+)/.exec(answer)?.[1] ?? "";
    assert.equal(
      answer,
      compact(
        `{
	"success": true,
	"response": [
		{
			"webhookId": 687557714,
			"type": "message",
			"event": "receive",
			"url": "https://test.zipwhip.com/message/receive",
			"method": "POST"
		}
	]
}`,
        webhookId,
      ),
    );
  });

  test("Updating Web Hooks, example request, which names no webhookId", async () => {
    const answer = await curl(
      String.raw`
$ curl -X POST https://api.zipwhip.com/webhook/update \
       -d session=[sessionKey] \
       -d method=PUT
`,
      replaced,
    );
    assert.equal(
      answer,
      compact(
        `{
	"success": true,
	"response": [
		{
			"webhookId": 687557714,
			"type": "message",
			"event": "receive",
			"url": "https://test.zipwhip.com/message/receive",
			"method": "PUT"
		}
	]
}`,
        webhookId,
      ),
    );
  });

  test("List Web Hooks, example request", async () => {
    const answer = await curl(
      String.raw`
$ curl -G https://api.zipwhip.com/webhook/list \
       -d session=[sessionKey]
`,
      replaced,
    );
    assert.equal(
      answer,
      compact(
        `{
	"success": true,
	"response": [
		{
			"webhookId": 687557714,
			"type": "message",
			"event": "receive",
			"url": "https://test.zipwhip.com/message/receive",
			"method": "PUT"
		}
	]
}`,
        webhookId,
      ),
    );
  });

  test("Delete Web Hooks, example request", async () => {
    const answer = await curl(
      String.raw`
$ curl -X POST https://api.zipwhip.com/webhook/delete \
       -d session=[sessionKey] \
       -d webhookId=687557714
`,
      { ...replaced, "687557714": webhookId },
    );
    assert.equal(
      answer,
      compact(
        `{
	"success": true,
	"response": []
}`,
        webhookId,
      ),
    );
  });
});

test("the login that every session comes from", async () => {
  await openZipwhipLine(api, { app, number: "+12065550142" });
  const answer = await curl(
    `curl -X POST https://api.zipwhip.com/user/login -d username=%2B12065550142 --data-urlencode 'password=${LINE_PASSWORD}'`,
    { "https://api.zipwhip.com": api.url },
  );
  assert.match(answer, /^\{"success":true,"response":"[0-9a-f-]{36}:\d{9}"\}$/);
});

describe("document 003, webhooks of Sendblue by its official SDK", () => {
  let client: Sendblue;
  before(async () => {
    const made = await api.call("POST", `/app/${app}/key`, { body: { kind: "sendblue" } });
    const { keyId, keySecret } = made.body as { keyId: string; keySecret: string };
    client = new Sendblue({ baseURL: api.url, apiKey: keyId, apiSecret: keySecret, maxRetries: 0 });
  });

  test("client.webhooks.create(body) { message, status, webhooks }", async () => {
    const { message, status, webhooks } = await client.webhooks.create({
      webhooks: ["https://example.com/a", { url: "https://example.com/b", secret: "own" }],
      globalSecret: "for all",
      type: "receive",
    });
    assert.equal(typeof message, "string");
    assert.equal(status, "OK");
    assert.deepEqual(webhooks, {
      call_log: [],
      contact_created: [],
      globalSecret: "for all",
      line_assigned: [],
      line_blocked: [],
      outbound: [],
      receive: ["https://example.com/a", { url: "https://example.com/b", secret: "own" }],
      typing_indicator: [],
    });
  });

  test("client.webhooks.list() { status, webhooks }", async () => {
    const { status, webhooks, ...more } = await client.webhooks.list();
    assert.equal(status, "OK");
    assert.deepEqual(more, {});
    assert.equal(webhooks?.receive?.length, 2);
  });

  test("client.webhooks.update(body) { message, status, webhooks }", async () => {
    const { message, status, webhooks } = await client.webhooks.update({
      webhooks: { outbound: ["https://example.com/c"], contact_created: ["https://example.com/d"] },
    });
    assert.deepEqual([typeof message, status], ["string", "OK"]);
    assert.deepEqual(webhooks?.outbound, ["https://example.com/c"]);
    assert.deepEqual(webhooks?.contact_created, ["https://example.com/d"]);
    assert.deepEqual([webhooks?.receive, webhooks?.globalSecret], [[], "for all"]);
  });

  test("client.webhooks.delete(body) { message, status }", async () => {
    const answer = await client.webhooks.delete({
      webhooks: ["https://example.com/c"],
      type: "outbound",
    });
    assert.deepEqual(Object.keys(answer).sort(), ["message", "status"]);
    assert.deepEqual((await client.webhooks.list()).webhooks?.outbound, []);
  });
});

test("document 004, update webhook of Chirp", async () => {
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind: "app" } });
  const { key } = made.body as { key: string };
  const replaced = { "https://api.buildwithchirp.com": api.url, "<token>": key };
  const created = JSON.parse(
    await curl(
      `curl --request POST --url https://api.buildwithchirp.com/v1/webhooks --header 'Authorization: Bearer <token>' --header 'Content-Type: application/json' --data '{"url": "https://example.com/webhook", "events": ["messages.sms.received"], "headers": {"X-Custom-Header": "value"}}'`,
      replaced,
    ),
  ) as { readonly id: string };
  const answer = await curl(
    String.raw`
curl --request PUT \
  --url https://api.buildwithchirp.com/v1/webhooks/{webhookId} \
  --header 'Authorization: Bearer <token>' \
  --header 'Content-Type: application/json' \
  --data '
{
  "url": "https://example.com/webhook",
  "events": [
    "messages.sms.sent",
    "messages.whatsapp.sent"
  ],
  "headers": {
    "X-Custom-Header": "new-value"
  }
}
'
`,
    { ...replaced, "{webhookId}": created.id },
  );
  const { createdAt, updatedAt, ...webhook } = JSON.parse(answer) as Record<string, unknown>;
  assert.deepEqual(webhook, {
    id: created.id,
    appId: app,
    url: "https://example.com/webhook",
    events: ["messages.sms.sent", "messages.whatsapp.sent"],
    headers: { "X-Custom-Header": "new-value" },
  });
  assert.match(created.id, /^whk_[a-zA-Z0-9]{27}$/);
  for (const at of [createdAt, updatedAt]) assert.match(String(at), /^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
  const order = ["id", "appId", "url", "events", "headers", "createdAt", "updatedAt"];
  assert.deepEqual(Object.keys(JSON.parse(answer) as object), order);
});
