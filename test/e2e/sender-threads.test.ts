/**
 * Deliveries on sender threads, on both stores. Each promise is kept by several threads together: the endpoints of one
 * application are divided between them, and their limits hold over all.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { startHolding } from "../harness/holding-receiver.ts";
import { openLiveClient } from "../harness/live-client.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, TOKEN } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";

type Settings = Readonly<Record<string, string>>;
type OpenStore = () => Promise<{ readonly settings: Settings } & AsyncDisposable>;

/** Each of two threads has some of so many endpoints: one of 65,536 draws puts all on one thread. */
const ENDPOINTS = 16;
/** Each of two threads has several of so many. */
const MANY_ENDPOINTS = 40;
const SENDERS = 2;
const KEY = Buffer.alloc(32, 7).toString("base64");

describe("on SQLite", () => {
  promises(openSqlite);

  test("a new encryption key reaches the threads before anything is encrypted with it", async () => {
    await using world = await openWorld(openSqlite);
    await using server = await world.start();
    await world.makeEndpoints(server);
    await world.publish(server);
    await world.until(ENDPOINTS);
    const changed = await call(server.url, "POST", "/rekey", { newKey: true });
    assert.equal(changed.status, 200);
    // Each change makes the thread read the endpoint again, with a secret that the new key encrypts.
    for (const path of world.endpoints) await send(server, "PATCH", path, { description: "again" });
    await world.publish(server);
    await world.until(2 * ENDPOINTS);
  });
});

describe("on PostgreSQL", () => {
  promises(async () => {
    const database = await makeDatabase();
    return {
      settings: { HOOKLINE_STORE: database.url, HOOKLINE_SECRET_KEY: KEY },
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });
});

async function openSqlite() {
  const folder = temporaryFolder();
  return {
    settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

function promises(openStore: OpenStore): void {
  test("an event reaches each endpoint once, and one scrape counts the attempts of all threads", async () => {
    await using world = await openWorld(openStore);
    await using server = await world.start();
    await world.makeEndpoints(server);
    await using live = await openLiveClient(`${server.url}/api/v1/stream`, TOKEN);
    const eventId = await world.publish(server);
    await world.until(ENDPOINTS);
    assert.equal((await live.next("attempt"))?.facts["eventId"], eventId);
    const scrape = await until(
      () => readMetrics(server),
      (text) => /^hookline_attempts_total\{.*"ok"\} 16$/m.test(text),
    );
    assert.match(scrape, /^hookline_engine\{of="shards"\} 256$/m);
    assert.match(scrape, /^hookline_accounting\{of="delivered"\} 16$/m);
    assert.match(scrape, /^process_start_time_seconds \d+$/m);
    const system = await send(server, "GET", "/system");
    assert.deepEqual(
      (system["nodes"] as { shards: number }[]).map(({ shards }) => shards),
      [256],
    );
    assert.equal(await server.stop(), 0);
    assert.equal(world.receiver.receipts.length, ENDPOINTS);
    const { delivered, pending } = await checkStore(world.settings);
    assert.deepEqual([delivered, pending], [ENDPOINTS, 0]);
  });

  test("once a new URL is answered, nothing goes to the old one", async () => {
    await using opened = await openHeldWorld(openStore, {
      settings: { HOOKLINE_ATTEMPTS_IN_FLIGHT: "2" },
      count: 4,
    });
    const { held, world, server } = opened;
    for (let n = 0; n < 4; n += 1) await world.publish(server);
    await held.until(() => held.receipts.length === SENDERS);
    for (const path of world.endpoints)
      await send(server, "PATCH", path, { url: world.receiver.url });
    const sent = held.receipts.length;
    held.release();
    await world.until(20 - sent);
    assert.equal(await server.stop(), 0);
    assert.equal(held.receipts.length, sent);
    assert.equal(world.receiver.receipts.length, 20 - sent);
  });

  test("a disabled endpoint gets nothing, and a replay reaches it after it is enabled", async () => {
    await using world = await openWorld(openStore);
    await using server = await world.start();
    await world.makeEndpoints(server);
    const [first = ""] = world.endpoints;
    await send(server, "PATCH", first, { disabled: true });
    const eventId = await world.publish(server);
    await world.until(ENDPOINTS - 1);
    await send(server, "PATCH", first, { disabled: false });
    const endpointId = first.split("/").at(-1);
    await send(server, "POST", `/app/a/msg/${eventId}/endpoint/${endpointId}/resend`, {});
    await world.until(ENDPOINTS);
    assert.equal(await server.stop(), 0);
    const paths = world.receiver.receipts.map(({ path }) => path);
    assert.equal(new Set(paths).size, ENDPOINTS);
  });

  test("a stop waits for the attempts in flight on every thread", async () => {
    await using opened = await openHeldWorld(openStore);
    const { held, world, server } = opened;
    await held.until(() => held.receipts.length === ENDPOINTS);
    const stopped = server.stop();
    // The attempts are still in flight when the server has stopped listening.
    await until(
      () =>
        fetch(`${server.url}/health/live`).then(
          () => true,
          () => false,
        ),
      (isListening) => !isListening,
    );
    held.release();
    assert.equal(await stopped, 0);
    const { delivered, pending } = await checkStore(world.settings);
    assert.deepEqual([delivered, pending], [ENDPOINTS, 0]);
  });

  test("after SIGKILL another start delivers all, with another number of threads", async () => {
    await using opened = await openHeldWorld(openStore);
    const { held, world } = opened;
    await held.until(() => held.receipts.length === ENDPOINTS);
    await opened.server.kill();
    held.release();
    await using server = await world.start({ HOOKLINE_SENDERS: "3" });
    await held.until(() => held.receipts.length === 2 * ENDPOINTS, 60_000);
    assert.equal(await server.stop(), 0);
    const { delivered, pending } = await checkStore(world.settings);
    assert.deepEqual([delivered, pending], [ENDPOINTS, 0]);
  });

  test("the limits on attempts in flight and on stored answers hold over all threads", async () => {
    await using opened = await openHeldWorld(openStore, {
      answer: (response) => void response.writeHead(500).end("x".repeat(100)),
      settings: {
        HOOKLINE_ATTEMPTS_IN_FLIGHT: "8",
        HOOKLINE_LIMIT_STORED_ANSWER_BYTES: "350B",
        HOOKLINE_ATTEMPT_DETAIL: "none",
      },
      count: MANY_ENDPOINTS,
    });
    const { held, server, eventId } = opened;
    // Each thread has half, and receivers that have not answered yet get three quarters of it.
    await held.until(() => held.receipts.length >= 6);
    // Further requests would arrive during these calls.
    for (let n = 0; n < 50; n += 1) await send(server, "GET", "/app/a");
    assert.equal(held.receipts.length, 6);
    held.release();
    // Some are sent again meanwhile.
    await held.until(() => new Set(held.receipts.map(({ path }) => path)).size === MANY_ENDPOINTS);
    const answers = await until(
      async () => {
        const page = await send(server, "GET", `/app/a/attempt/msg/${eventId}?limit=250`);
        return (page["data"] as { response: string }[]).map(({ response }) => response);
      },
      (found) => found.length >= MANY_ENDPOINTS,
    );
    assert.equal(answers.filter((answer) => answer.startsWith("xxx")).length, 3);
  });
}

async function openWorld(openStore: OpenStore) {
  const store = await openStore();
  const receiver = await startReceiver();
  const settings: Settings = {
    ...store.settings,
    HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    HOOKLINE_SENDERS: `${SENDERS}`,
  };
  const endpoints: string[] = [];
  return {
    receiver,
    settings,
    endpoints,
    start: (more: Settings = {}) => startServer({ settings: { ...settings, ...more } }),
    async makeEndpoints(server: ServerProcess, url = receiver.url, count = ENDPOINTS) {
      await send(server, "POST", "/app", { name: "a", uid: "a" });
      for (let n = 0; n < count; n += 1) {
        const { id } = await send(server, "POST", "/app/a/endpoint", { url: `${url}/${n}` });
        endpoints.push(`/app/a/endpoint/${String(id)}`);
      }
    },
    async publish(server: ServerProcess): Promise<string> {
      const made = await send(server, "POST", "/app/a/msg", {
        eventType: "load.test",
        payload: {},
      });
      return String(made["id"]);
    },
    until: (count: number) => receiver.until(() => receiver.receipts.length >= count),
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** A world whose endpoints are at a receiver that keeps requests open. One event is on its way to each of them. */
async function openHeldWorld(
  openStore: OpenStore,
  p: {
    readonly answer?: Parameters<typeof startHolding>[0];
    readonly settings?: Settings;
    readonly count?: number;
  } = {},
) {
  await using opened = new AsyncDisposableStack();
  const held = opened.use(await startHolding(p.answer));
  const world = opened.use(await openWorld(openStore));
  const server = opened.use(await world.start(p.settings));
  await world.makeEndpoints(server, held.url, p.count);
  const eventId = await world.publish(server);
  const all = opened.move();
  return { held, world, server, eventId, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function send(
  server: ServerProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const answer = await call(server.url, method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body;
}

async function readMetrics(server: ServerProcess): Promise<string> {
  const response = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return await response.text();
}

async function until<T>(read: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const seen = await read();
    if (isSo(seen)) return seen;
    assert.ok(performance.now() < deadline, `never true; last ${String(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
