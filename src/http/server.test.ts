/** The listener's features for every dialect, tested with the native one. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { ADMIN_TOKEN, startNativeApi } from "../../test/harness/native-api.ts";
import { call, startServer, temporaryFolder, TOKEN } from "../../test/harness/server.ts";

const AUTHORIZED = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };

test("a trailing slash does not change the path, and every response has a request id", async () => {
  await using api = await startNativeApi();
  const made = await api.call("POST", "/app/", { body: { name: "a", uid: "a" } });
  assert.equal(made.status, 201);
  assert.match(made.headers.get("x-request-id") ?? "", /^req_[0-9A-Za-z]{27}$/);
  assert.equal((await api.call("GET", "/app/a/")).text, (await api.call("GET", "/app/a")).text);
  assert.equal((await api.call("GET", "/event-type/message.sent/")).status, 200);
});

test("an unknown path below a dialect has its envelope; elsewhere it is a plain 404", async () => {
  await using api = await startNativeApi();
  const inside = await api.call("GET", "/no/such/call");
  assert.deepEqual([inside.status, (inside.body as { code: string }).code], [404, "not_found"]);
  assert.equal((await fetch(`${api.url}/elsewhere`)).status, 404);
  assert.equal((await fetch(`${api.url}/api/v12/app`)).status, 404);
  const wrong = await api.call("PUT", "/app/a/msg");
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "GET, HEAD, OPTIONS, POST");
  const unreadable = await api.call("GET", "/app/%ff");
  assert.equal(unreadable.status, 404);
});

test("health shows whether events are accepted, and metrics count them", async () => {
  await using api = await startNativeApi();
  assert.deepEqual(await (await fetch(`${api.url}/health`)).json(), { status: "ok" });
  await api.svix.application.create({ name: "a", uid: "a" });
  await api.svix.message.create("a", { eventType: "a.b", payload: {} });
  await api.call("POST", "/app/a/msg", { body: {} });
  await api.call("POST", "/app/a/msg", { body: { eventType: "mesage.sent", payload: {} } });
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  assert.match(metrics, /^hookline_events_accepted_total 1$/m);
  assert.match(metrics, /^hookline_events_refused_total\{code="unknown_event_type"\} 1$/m);
});

test("with a separate address for operators, the public one accepts no admin token and has no metrics", async () => {
  await using api = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  assert.notEqual(api.adminUrl, null);
  assert.equal((await api.call("GET", "/app")).status, 401);
  assert.equal((await fetch(`${api.url}/metrics`)).status, 404);
  assert.equal((await fetch(`${api.url}/health`)).status, 200);
  const headers = AUTHORIZED;
  assert.equal((await fetch(`${api.adminUrl}/api/v1/app`, { headers })).status, 200);
  assert.equal((await fetch(`${api.adminUrl}/metrics`)).status, 200);
});

test("a stop asks clients to close their connections before the server closes them", async (t) => {
  await using api = await startNativeApi({ HOOKLINE_STOP_GRACE: "5s" });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const ask = async () => {
    const request = get(`${api.url}/health`, { agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    await once(response.resume(), "end");
    return [response.statusCode, response.headers.connection, request.reusedSocket];
  };
  assert.deepEqual(await ask(), [200, "keep-alive", false]);
  const stopped = api[Symbol.asyncDispose]();
  assert.deepEqual(await ask(), [200, "close", true]);
  await stopped;
  await assert.rejects(ask(), /ECONNREFUSED/);
});

test("a body shorter than its length is refused and stores nothing", async () => {
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
  const { port } = new URL(api.url);
  const socket = connect(Number(port), "127.0.0.1");
  const head = Object.entries(AUTHORIZED).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `POST /api/v1/app/a/msg HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n${head.join("")}\r\n`,
  );
  socket.end('{"eventType":"a.b","payload":{}}');
  socket.resume();
  await once(socket, "close");
  assert.deepEqual((await api.svix.message.list("a")).data, []);
});

test("an unwritable store is 503 with Retry-After, and nothing is acknowledged", async () => {
  using folder = temporaryFolder();
  // For the server, the limit on the size of its files has the effect of a full disk.
  const server = await startServer({
    settings: { HOOKLINE_STORE: `sqlite:${join(folder.path, "hookline.db")}` },
    wrapper: ["bash", "-c", 'ulimit -f 3000; exec "$@"', "bash"],
  });
  try {
    await call(server.url, "POST", "/app", { name: "a", uid: "a" });
    const acknowledged: unknown[] = [];
    for (;;) {
      const payload = { n: acknowledged.length, text: "x".repeat(100_000) };
      const answer = await post(server.url, "/app/a/msg", { eventType: "a.b", payload });
      const body = (await answer.json()) as { readonly id?: string; readonly code?: string };
      if (answer.status === 202) {
        acknowledged.push(body.id);
        continue;
      }
      assert.equal(answer.status, 503, JSON.stringify(body));
      assert.equal(body.code, "store_unavailable");
      assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
      break;
    }
    const big = Array.from({ length: 40 }, () => ({
      eventType: "a.b",
      payload: { a: "x".repeat(100_000) },
    }));
    assert.equal((await post(server.url, "/app/a/msg/batch", big)).status, 503);
    const { data } = (await call(server.url, "GET", "/app/a/msg?limit=250")).body as {
      data: { id: string }[];
    };
    assert.deepEqual(data.map(({ id }) => id).toReversed(), acknowledged);
  } finally {
    await server.kill();
  }
});

function post(url: string, path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  return fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}
