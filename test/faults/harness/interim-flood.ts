/**
 * The attack of F32: an application whose receivers answer each request with interim answers (1xx), as fast
 * as the server reads them and without an end. The receiver is a thread, so that the flood does not delay the
 * victim's clock.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { once } from "node:events";
import { call, type ServerProcess } from "../../harness/server.ts";
import { pour } from "../../net/receiver.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

const APP = "attack";
const ENDPOINTS = 12;
/** The number of deliveries that leave for a new endpoint at once. */
const EVENTS = 4;
/** The time for which the control reads each flood. A round of the victim in the row is a second. */
const TIMEOUT_MS = 8000;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** The server must allow 127.0.0.1. */
export async function prepareInterimFlood({
  url,
}: Pick<ServerProcess, "url">): Promise<PreparedAttacks<void>> {
  const flood = await startFlood();
  await call(url, "POST", "/app", { name: APP, uid: APP });
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const endpoint = { url: `${flood.url}/${n}`, timeoutMs: TIMEOUT_MS };
    const made = await call(url, "POST", `/app/${APP}/endpoint`, endpoint);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  async function start() {
    const events = Array.from({ length: EVENTS }, (_, n) => ({ eventType: "a.b", payload: { n } }));
    const published = await call(url, "POST", `/app/${APP}/msg/batch`, events);
    assert.equal(published.status, 202, JSON.stringify(published.body));
    return { outcome: () => {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return {
    attacks: [{ name: "receivers that flood interim answers", start }],
    [Symbol.asyncDispose]: () => flood[Symbol.asyncDispose](),
  };
}

async function startFlood() {
  const worker = new Worker(import.meta.filename);
  const [port] = (await once(worker, "message")) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort !== null) {
  const parent = parentPort;
  const piece = Buffer.from(CONTINUE.repeat(2000));
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => pour(socket, piece));
  });
  server.listen(0, "127.0.0.1", () => {
    parent.postMessage((server.address() as AddressInfo).port);
  });
}
