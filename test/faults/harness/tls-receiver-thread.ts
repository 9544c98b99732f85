/**
 * A hostile TLS receiver in a separate thread. It requests a client certificate, resumes no session and keeps
 * no connection, so that each delivery to it takes a whole handshake.
 */
import { constants } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { parentPort, Worker, workerData } from "node:worker_threads";

export type TlsReceiverThread = AsyncDisposable & { readonly port: number };

type Given = { readonly cert: string; readonly key: string };

const ANSWER = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

export async function startTlsReceiverThread(given: Given): Promise<TlsReceiverThread> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { given } });
  const [port] = (await once(worker, "message")) as [number];
  return { port, [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}

function serve({ cert, key }: Given): void {
  const server = createServer({
    cert,
    key,
    maxVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_TICKET,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(ANSWER));
  });
  server.listen(0, "127.0.0.1", () => {
    parentPort?.postMessage((server.address() as AddressInfo).port);
  });
}

const started = workerData as { readonly given?: Given } | null;
if (started?.given !== undefined) serve(started.given);
