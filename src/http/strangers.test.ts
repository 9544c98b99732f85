/** Requests without a credential: their responses, and that none of their body is read. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../test/harness/native-api.ts";
import type { NativeApi } from "../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

/** Returns the status for a head that announces 8 MiB of which no byte is sent. */
async function statusBeforeBody(request: string, headers: readonly string[] = []): Promise<number> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  const head = [`${request} HTTP/1.1`, "host: a", "content-length: 8388608", ...headers];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const [data] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return Number(/^HTTP\/1.1 (\d+)/.exec(data.toString("latin1"))?.[1]);
}

const CALLS = [
  ["POST /api/v1/app/a/msg/batch", 401],
  ["POST /api/v1/app/a/msg", 401],
  ["PUT /api/account/webhooks", 401],
  ["POST /v1/webhooks", 401],
  ["POST /api/v1/no/such/call", 404],
  ["POST /no/such/call", 404],
  ["DELETE /api/v1/app", 405],
  ["POST /user/login", 401],
] as const;

for (const [call, status] of CALLS) {
  test(`${call} without a credential is ${status} before a byte of the body has arrived`, async () => {
    assert.equal(await statusBeforeBody(call), status);
  });
}

test("the body of a known caller is awaited", async () => {
  const answer = api.call("POST", "/app", { raw: `${" ".repeat(100_000)}{"name":"a"}` });
  assert.equal((await answer).status, 201);
});

async function zipwhip(path: string, type: string, body: string): Promise<string> {
  const headers = { "content-type": type };
  const answer = await fetch(`${api.url}${path}`, { method: "POST", headers, body });
  return answer.text();
}

const FORM = "application/x-www-form-urlencoded";

test("parameters are counted before they are parsed", async () => {
  for (const [type, body] of [
    [FORM, "a&".repeat(400)],
    ["multipart/form-data; boundary=b", "--b\r\n".padEnd(16_000, "a: b\r\n")],
  ] as const) {
    assert.match(await zipwhip("/message/read", type, body), /more than 320 parameters/, type);
  }
});

test("a session in the query is looked up before the body is parsed", async () => {
  const said = await zipwhip("/webhook/add?session=nobody", "application/json", "{nope");
  assert.match(said, /session/i);
  assert.doesNotMatch(said, /JSON/);
});

test("documents have a tag, and a client with the current version gets 304", async () => {
  for (const path of ["/openapi/svix.json", "/postman/zipwhip.json"]) {
    const first = await fetch(`${api.url}${path}`);
    const etag = first.headers.get("etag") ?? "";
    assert.match(etag, /^"[\w-]{27}"$/);
    assert.ok((await first.text()).length > 1000);
    for (const tags of [etag, `"other", W/${etag}`, "*"]) {
      const again = await fetch(`${api.url}${path}`, { headers: { "if-none-match": tags } });
      assert.deepEqual([again.status, await again.text()], [304, ""], tags);
      assert.equal(again.headers.get("etag"), etag);
    }
    const other = await fetch(`${api.url}${path}`, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
  }
});

test("metrics are made at most once a second", async () => {
  const ask = async () => (await fetch(`${api.url}/metrics`)).text();
  const texts = await Promise.all([ask(), ask(), ask()]);
  assert.equal(new Set(texts).size, 1);
});
