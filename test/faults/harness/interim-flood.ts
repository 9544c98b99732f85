/**
 * A receiver that answers each request with interim answers (1xx), as fast as they are taken and
 * without an end. It is a thread, so that the flood does not stand in the way of the victim's clock.
 */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { once } from "node:events";
import { pour } from "../../net/receiver.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

export async function startInterimFlood() {
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
