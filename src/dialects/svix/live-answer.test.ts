import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { test } from "node:test";
import Fastify from "fastify";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import { createLiveHub } from "../../operations/live/live-hub.ts";
import { openLiveAnswer } from "./live-answer.ts";

const HOUR_MS = 3_600_000;

/** A server with one stream, and a client that has asked for it and read nothing yet. */
async function openStream(p: { expiresAt?: number; isAllowed?: () => Promise<boolean> } = {}) {
  const opened = new AsyncDisposableStack();
  const clock = createMovedClock(0);
  const hub = createLiveHub(clock);
  const app = Fastify();
  const { promise: answered, resolve } = Promise.withResolvers<Readable>();
  app.get("/", (_request, reply) => {
    const { expiresAt = null, isAllowed = async () => true } = p;
    const ids = { appId: null, credential: "key_1", ofApp: null };
    const stream = openLiveAnswer({ hub, reply, ...ids, expiresAt, now: 0, isAllowed });
    resolve(stream);
    return reply.send(stream);
  });
  opened.defer(() => app.close());
  await app.listen({ host: "127.0.0.1", port: 0 });
  const client: Socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  opened.defer(() => void client.destroy());
  client.pause().write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const stream = await answered;
  let text = "";
  client.setEncoding("utf8").on("data", (part: string) => (text += part));
  client.pause();
  return {
    clock,
    hub,
    client,
    stream,
    /** Reads until the text has this pattern. */
    async until(pattern: RegExp): Promise<string> {
      client.resume();
      while (!pattern.test(text)) await once(client, "data");
      return text;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a client that reads nothing costs a bounded amount of memory, and gets a gap", async () => {
  await using open = await openStream();
  const { clock, hub, stream } = open;
  let offered = 0;
  let mostBuffered = 0;
  /** The kernel takes some megabytes; after that the stream itself has to hold back. */
  while (offered < 400_000) {
    for (let n = 0; n < 400; n++) hub.notify({ kind: "endpoint", appId: "app_1", id: "ep_1" });
    offered += 400;
    // 400 in a second are few enough for notices.
    clock.moveBy(1_000);
    await turn();
    mostBuffered = Math.max(mostBuffered, stream.readableLength);
  }
  assert.ok(mostBuffered < 64 * 1024, `${mostBuffered} bytes were buffered`);
  const text = await open.until(/event: gap\ndata: \{\}\n\n/);
  const received = text.split("event: endpoint").length - 1;
  assert.ok(received > 500 && received < offered / 2, `${received} of ${offered}`);
  hub.notify({ kind: "task", appId: "app_1", id: "qtask_1", state: "running" });
  clock.moveBy(200);
  await open.until(/event: task\ndata: \{"appId":"app_1","id":"qtask_1","state":"running"\}\n\n/);
});

test("a comment comes every 15 seconds, and the stream ends after an hour", async () => {
  await using open = await openStream();
  await open.until(/retry: 2000\n\n/);
  open.clock.moveBy(15_000);
  await open.until(/\n:\n\n/);
  assert.equal(open.hub.hasClients(), true);
  open.clock.moveTo(HOUR_MS);
  await open.until(/\r\n0\r\n\r\n$/);
  assert.equal(open.hub.hasClients(), false);
});

test("the stream ends with its credential", async () => {
  await using expiring = await openStream({ expiresAt: 20_000 });
  expiring.clock.moveBy(15_000);
  assert.equal(expiring.hub.hasClients(), true);
  expiring.clock.moveBy(15_000);
  await expiring.until(/\r\n0\r\n\r\n$/);

  const asked: boolean[] = [];
  await using revoked = await openStream({
    isAllowed: async () => asked.push(asked.length === 0) === 1,
  });
  for (let n = 0; n < 8; n++) {
    revoked.clock.moveBy(15_000);
    await turn();
  }
  await revoked.until(/\r\n0\r\n\r\n$/);
  assert.deepEqual(asked, [true, false]);
});

test("a client that leaves is forgotten", async () => {
  await using open = await openStream();
  await open.until(/retry/);
  open.client.destroy();
  await once(open.stream, "close");
  assert.equal(open.hub.hasClients(), false);
});
