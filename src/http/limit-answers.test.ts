/** Clients that do not read their responses, on raw sockets, and the cost for the server. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { openRawSocket } from "../../test/harness/raw-socket.ts";
import { eventuallySo } from "../../test/net/dialect-hooks.ts";
import { PrintedPieces } from "../dialects/print-in-turns.ts";
import { parseIpRange } from "../net/policy/ip-number.ts";
import { createAnswerDeadline } from "./answer-deadline.ts";
import { createClientSource } from "./client-source.ts";
import { ANSWER_LIMITS, limitAnswers } from "./limit-answers.ts";
import { toAppError } from "./request-problems.ts";

const MIB = 1024 * 1024;
/** More than the buffers of both kernels take. */
const LARGE_BYTES = 12 * MIB;

type Server = AsyncDisposable & { readonly url: string; readonly started: string[] };

async function startServer(
  given: Partial<typeof ANSWER_LIMITS>,
  trustedProxies: readonly string[] = [],
): Promise<Server> {
  const ranges = trustedProxies.map(parseIpRange).filter((range) => range !== undefined);
  const clientSource = createClientSource(ranges, () => undefined);
  const app = Fastify({ exposeHeadRoutes: true, trustProxy: clientSource.isTrusted });
  app.decorateRequest("source", {
    getter() {
      return clientSource.findSource(this);
    },
  });
  limitAnswers(app, { ...ANSWER_LIMITS, ...given });
  const started: string[] = [];
  app.setErrorHandler((thrown, _request, reply) => {
    const { code, message } = toAppError(thrown);
    return reply.code(code === "rate_limited" ? 429 : 503).send({ code, message });
  });
  const route = (url: string, body: string | Buffer) =>
    app.route({
      method: ["GET", "POST"],
      url,
      handler(request, reply) {
        started.push(request.id);
        return reply.type("application/octet-stream").send(body);
      },
    });
  route("/large", Buffer.alloc(LARGE_BYTES, "l"));
  route("/text", "é".repeat(100_000));
  route("/small", "small");
  app.get("/pieces", (request, reply) => {
    started.push(request.id);
    const pieces = [Buffer.from("é".repeat(100_000)), Buffer.alloc(LARGE_BYTES, "p")];
    return reply.send(new PrintedPieces(pieces));
  });
  app.get("/endless", async (request) => {
    started.push(request.id);
    return await new Promise(() => {});
  });
  return {
    url: await listen(app),
    started,
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ host: "127.0.0.1", port: 0 });
}

const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;

/** A client that sends requests and does not read. */
async function openUnread(url: string, text: string) {
  const client = await openRawSocket(url);
  client.socket.pause();
  client.write(text);
  return client;
}

describe("unread responses", () => {
  let server: Server;
  before(async () => {
    const budget = { smallBytes: 64 * 1024, perCaller: 20 * MIB, inAll: 30 * MIB };
    server = await startServer({
      ofConnection: { atOnce: 1, waitingPerKey: 3, waitingInAll: 5 },
      ofCaller: { atOnce: 2, waitingPerKey: 1, waitingInAll: 5 },
      budget,
    });
  });
  after(() => server[Symbol.asyncDispose]());

  test("delay the next request of their connection, and no other connection", async () => {
    const from = server.started.length;
    using client = await openUnread(server.url, get("/large") + get("/small") + get("/large"));
    await eventuallySo(() => server.started.length === from + 1, "the first has started");
    const other = await fetch(`${server.url}/small`);
    assert.equal(await other.text(), "small");
    assert.equal(server.started.length, from + 2, "nothing of the connection but its first");
    client.socket.resume();
    await eventuallySo(
      () => client.received().length > 2 * LARGE_BYTES,
      "all are answered once the client reads",
    );
    assert.deepEqual(client.statuses(), [200, 200, 200]);
  });

  test("end their connection when too many requests wait behind them", async () => {
    const from = server.started.length;
    using client = await openUnread(server.url, get("/large") + get("/small").repeat(4));
    client.socket.resume();
    assert.equal(await client.closed(5_000), true);
    assert.equal(server.started.length, from + 1);
  });

  test("release the requests behind them when their connection ends", async () => {
    const from = server.started.length;
    for (let turn = 0; turn < 3; turn += 1) {
      // More in total than may wait, so that each connection has to release its share.
      using client = await openUnread(server.url, get("/large") + get("/small").repeat(3));
      await eventuallySo(() => server.started.length === from + turn + 1, "the first has started");
      client.socket.destroy();
      await client.closed(5_000);
    }
    using client = await openUnread(server.url, get("/small").repeat(4));
    client.socket.resume();
    await eventuallySo(() => client.statuses().length === 4, "none was dropped");
    assert.equal(server.started.length, from + 3 + 4);
  });

  test("use up their caller's budget: 429, then 503 for all, until they are read or gone", async () => {
    const as = (name: string) => `authorization: Bearer ${name}\r\n`;
    const status = async (name: string, path: string, method = "GET") => {
      const headers = { authorization: `Bearer ${name}` };
      const answer = await fetch(server.url + path, { method, headers });
      await answer.arrayBuffer();
      return answer.status;
    };
    const from = server.started.length;
    using first = await openUnread(server.url, get("/large", as("a")));
    await eventuallySo(() => server.started.length === from + 1, "it has started");
    assert.equal(await status("a", "/large"), 429);
    assert.equal(await status("a", "/small"), 429, "a read, of which nothing is made");
    using second = await openUnread(server.url, get("/large", as("b")));
    await eventuallySo(() => server.started.length === from + 2, "it has started");
    assert.equal(await status("c", "/large"), 503);
    assert.equal(await status("c", "/small"), 200);
    // A response to a completed change is sent at any cost, but counts.
    using third = await openUnread(server.url, get("/large", as("a")).replace("GET", "POST"));
    await eventuallySo(() => server.started.length === from + 5, "it has started");
    assert.equal(await status("a", "/small", "POST"), 429);
    third.socket.destroy();
    second.socket.destroy();
    first.socket.resume();
    await eventuallySo(() => first.received().length > LARGE_BYTES, "the first is read");
    await eventuallySo(async () => (await status("c", "/large")) === 200, "there is room again");
  });

  test("limit a credential to a few concurrent reads; one more waits, and another is refused", async () => {
    const from = server.started.length;
    const as = "authorization: Bearer reader\r\n";
    using first = await openUnread(server.url, get("/text", as));
    await eventuallySo(() => first.socket.bytesWritten > 0, "it is sent");
    const open = async () => await openUnread(server.url, get("/endless", as));
    using second = await open();
    using third = await open();
    await eventuallySo(() => server.started.length === from + 3, "two are under way");
    using waiting = await openUnread(server.url, get("/small", as));
    const refused = async () => {
      using further = await openUnread(server.url, get("/small", as));
      further.socket.resume();
      await eventuallySo(() => further.statuses().length === 1, "it is answered");
      assert.match(further.received(), /2 reads under way.*Limit: reads_at_once/);
      return further.statuses()[0];
    };
    await eventuallySo(async () => (await refused()) === 429, "it is refused");
    const headers = { authorization: "Bearer another" };
    assert.equal((await fetch(`${server.url}/small`, { headers })).status, 200);
    second.socket.destroy();
    waiting.socket.resume();
    await eventuallySo(() => waiting.statuses()[0] === 200, "the one that waits is answered");
    third.socket.destroy();
  });

  test("arrive complete all the same, with their length, by GET and by HEAD", async () => {
    const answer = await fetch(`${server.url}/text`);
    assert.equal(answer.headers.get("content-length"), "200000");
    assert.equal(await answer.text(), "é".repeat(100_000));
    const head = await fetch(`${server.url}/text`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), "200000");
    const pieces = await fetch(`${server.url}/pieces`);
    assert.equal(pieces.headers.get("content-length"), String(200_000 + LARGE_BYTES));
    assert.ok((await pieces.text()) === "é".repeat(100_000) + "p".repeat(LARGE_BYTES));
  });

  test("are counted when they were printed in pieces", async () => {
    const from = server.started.length;
    const headers = { authorization: "Bearer pieces" };
    const unread = get("/pieces", `authorization: ${headers.authorization}\r\n`);
    using first = await openUnread(server.url, unread);
    await eventuallySo(() => server.started.length === from + 1, "it has started");
    assert.equal((await fetch(`${server.url}/pieces`, { headers })).status, 429);
    first.socket.resume();
    await eventuallySo(() => first.received().length > LARGE_BYTES, "the first is read");
  });
});

describe("unread responses through a proxy", () => {
  const budget = { smallBytes: 64 * 1024, perCaller: 20 * MIB, inAll: 40 * MIB };
  const forwarded = (client: string) => `x-forwarded-for: ${client}\r\n`;

  /** Returns the statuses for other clients while one client leaves a response unread. */
  async function statusesBeside(server: Server, unread: string, clients: readonly string[]) {
    using _first = await openUnread(server.url, get("/large", forwarded(unread)));
    await eventuallySo(() => server.started.length === 1, "it has started");
    const statuses: number[] = [];
    for (const client of clients) {
      const headers = { "x-forwarded-for": client };
      const answer = await fetch(`${server.url}/large`, { headers });
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    return statuses;
  }

  test("are counted for the client that a trusted proxy names, and for the /64 of its IPv6 address", async () => {
    await using server = await startServer({ budget }, ["127.0.0.1"]);
    const clients = ["2001:db8:1:2::ffff", "2001:db8:1:3::1", "203.0.113.7"];
    const statuses = await statusesBeside(server, "2001:db8:1:2::1", clients);
    assert.deepEqual(statuses, [429, 200, 200]);
  });

  test("are counted in total and not per source when the proxy is not trusted", async () => {
    await using server = await startServer({ budget });
    const statuses = await statusesBeside(server, "203.0.113.7", ["203.0.113.7", "203.0.113.8"]);
    assert.deepEqual(statuses, [200, 200]);
  });
});

test("a connection ends when its client reads too little of a response in a window", async () => {
  const deadline = createAnswerDeadline({ windowMs: 30_000, windowBytes: MIB });
  const app = Fastify();
  let sent = 0;
  app.addHook("onRequest", (_request, reply, done) => {
    deadline.watch(reply.raw);
    done();
  });
  const made = Promise.withResolvers<string>();
  app.get("/slowly-made", () => {
    sent += 1;
    return made.promise;
  });
  app.get("/large", (_request, reply) => {
    reply.send(Buffer.alloc(LARGE_BYTES));
    sent += 1;
  });
  const url = await listen(app);
  try {
    using reading = await openUnread(url, get("/large"));
    using stalled = await openUnread(url, get("/large"));
    using waiting = await openUnread(url, get("/slowly-made"));
    await eventuallySo(() => sent === 3, "all are under way");
    deadline.sweep(0);
    deadline.sweep(29_999);
    reading.socket.resume();
    await eventuallySo(() => reading.received().length > LARGE_BYTES, "one client reads");
    deadline.sweep(30_000);
    stalled.socket.resume();
    assert.equal(await stalled.closed(5_000), true);
    assert.ok(stalled.received().length < LARGE_BYTES);
    deadline.sweep(90_000);
    made.resolve("made");
    waiting.socket.resume();
    await eventuallySo(
      () => waiting.received().endsWith("made"),
      "what takes long to make is given",
    );
    assert.equal(await reading.closed(0), false);
  } finally {
    app.server.closeAllConnections();
    await app.close();
  }
});
