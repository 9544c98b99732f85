/**
 * I11: a change of an endpoint applies to every attempt that starts after its response. A new endpoint gets
 * the next event. After a disabling, a deletion or a new URL, no attempt starts with the old settings;
 * attempts in flight may end. The receiver keeps the first attempt open, so that the other deliveries wait in
 * the lane. It answers only after the change has been answered: a lane with stale settings would then send
 * the next one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHolding } from "../harness/holding-receiver.ts";
import { startReceiver, type Receiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";

const QUEUED = 300;
const NEW_ENDPOINTS = 25;

type World = AsyncDisposable & {
  readonly server: ServerProcess;
  readonly app: string;
  /** Fails when the status is not a success. */
  send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
};

/** The concurrency limit is one: while the receiver keeps an attempt open, no other one can start. */
const ONE_AT_ONCE = { HOOKLINE_ATTEMPTS_IN_FLIGHT: "1" };

async function openWorld(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<World> {
  const server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      ...settings,
    },
  });
  async function send(method: string, path: string, body?: unknown) {
    const answer = await call(server.url, method, path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  }
  const app = `/app/${String((await send("POST", "/app", { name: "changes" }))["id"])}`;
  return { server, app, send, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const toBatch = (eventType: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ eventType, payload: { n } }));

test("a new endpoint gets an event that is published right after the endpoint was created", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  await using world = await openWorld(folder.path);
  const { app, send } = world;
  // The concurrent publishes keep the endpoints of this application in the cache.
  const over = new AbortController();
  const traffic = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted)
      await send("POST", `${app}/msg`, { eventType: "traffic.passed", payload: {} });
  });
  const expected: string[] = [];
  for (let n = 0; n < NEW_ENDPOINTS; n += 1) {
    const eventType = `news.${n}`;
    const url = `${receiver.url}/${n}`;
    await send("POST", "/event-type", { name: eventType, description: "" });
    await send("POST", `${app}/endpoint`, { url, filterTypes: [eventType] });
    const { id } = await send("POST", `${app}/msg`, { eventType, payload: { n } });
    expected.push(`/${n} ${String(id)}`);
  }
  over.abort();
  await Promise.all(traffic);
  await receiver.until(() => receiver.receipts.length >= NEW_ENDPOINTS);
  assert.deepEqual(
    receiver.receipts
      .map(({ path, headers }) => `${path} ${String(headers["webhook-id"])}`)
      .toSorted(),
    expected.toSorted(),
  );
});

test("once a new URL is answered, all waiting deliveries go to it and none to the old one", async () => {
  using folder = temporaryFolder();
  await using before = await startHolding();
  await using after = await startReceiver();
  await using world = await openWorld(folder.path, ONE_AT_ONCE);
  const { app, send } = world;
  const { id } = await send("POST", `${app}/endpoint`, { url: before.url });
  await send("POST", `${app}/msg/batch`, toBatch("queue.grew", QUEUED));
  const stats = `${app}/endpoint/${String(id)}/stats`;
  await before.until(() => before.receipts.length > 0);

  await send("PATCH", `${app}/endpoint/${String(id)}`, { url: after.url });
  const inFlight = before.receipts.length;
  before.release();
  await after.until(() => after.receipts.length >= QUEUED - inFlight);
  await until(async () => (await send("GET", stats))["success"] === QUEUED);

  assert.equal(await world.server.stop(), 0);
  assert.equal(before.receipts.length, inFlight, "nothing went to the old URL after the answer");
  assert.equal(after.receipts.length, QUEUED - inFlight);
});

for (const [name, change] of [
  ["disabled", (world: World, path: string) => world.send("PATCH", path, { disabled: true })],
  ["deleted", (world: World, path: string) => world.send("DELETE", path)],
] as const) {
  test(`after an endpoint was ${name}, nothing more is sent to it`, async () => {
    using folder = temporaryFolder();
    await using old = await startHolding();
    await using other = await startReceiver();
    await using world = await openWorld(folder.path, ONE_AT_ONCE);
    const { app, send } = world;
    await send("POST", "/event-type", { name: "queue.grew", description: "" });
    const { id } = await send("POST", `${app}/endpoint`, {
      url: old.url,
      filterTypes: ["queue.grew"],
    });
    await send("POST", `${app}/endpoint`, { url: other.url, filterTypes: ["queue.grew"] });
    await send("POST", `${app}/msg/batch`, toBatch("queue.grew", QUEUED));
    await old.until(() => old.receipts.length > 0);

    await change(world, `${app}/endpoint/${String(id)}`);
    const inFlight = old.receipts.length;
    old.release();
    // These events are published after the change. The other endpoint shows that deliveries continue.
    await send("POST", `${app}/msg/batch`, toBatch("queue.grew", QUEUED));
    await other.until(() => other.receipts.length >= 2 * QUEUED);

    assert.equal(await world.server.stop(), 0);
    assert.equal(old.receipts.length, inFlight, "no attempt started after the answer");
  });
}

test("under load, no event that is published after the change reaches the old URL", async () => {
  using folder = temporaryFolder();
  await using before = await startReceiver();
  await using after = await startReceiver();
  await using world = await openWorld(folder.path);
  const { app, send } = world;
  const { id } = await send("POST", `${app}/endpoint`, { url: before.url });
  const late: string[] = [];
  const all: string[] = [];
  let hasAnswered = false;
  const publishers = Array.from({ length: 4 }, async () => {
    while (late.length < QUEUED) {
      const isLate = hasAnswered;
      const event = { eventType: "queue.grew", payload: {} };
      const eventId = String((await send("POST", `${app}/msg`, event))["id"]);
      all.push(eventId);
      if (isLate) late.push(eventId);
    }
  });
  await before.until(() => before.receipts.length >= QUEUED / 2);
  await send("PATCH", `${app}/endpoint/${String(id)}`, { url: after.url });
  hasAnswered = true;
  await Promise.all(publishers);

  const idsAt = (receiver: Receiver) =>
    new Set(receiver.receipts.map(({ headers }) => String(headers["webhook-id"])));
  await after.until(() => late.every((eventId) => idsAt(after).has(eventId)));
  await until(() => before.receipts.length + after.receipts.length >= all.length);
  assert.equal(await world.server.stop(), 0);
  const atOldUrl = idsAt(before);
  assert.deepEqual(
    late.filter((eventId) => atOldUrl.has(eventId)),
    [],
  );
  assert.deepEqual([...atOldUrl, ...idsAt(after)].toSorted(), all.toSorted());
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, "it was never true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
