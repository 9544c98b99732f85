/** A receiver on loopback whose test handles each connection, and each request on it. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

export async function openReceiver(onConnection: (socket: Socket, receiver: Counts) => void) {
  const counts: Counts = { connections: 0, requests: [] };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket, counts);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    counts,
    /** Connections that the peer has not closed. */
    openSockets: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export type Counts = { connections: number; requests: string[] };

/** Calls back with each raw request, head and body. */
export function onRequest(socket: Socket, counts: Counts, answer: (text: string) => void): void {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    const head = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (head < 0 || text.length < head + 4 + length) return;
    const request = text;
    text = "";
    counts.requests.push(request);
    answer(request);
  });
}

/** A receiver that answers every request with the same bytes. */
export function openAnswering(answer: string | Buffer) {
  return openReceiver((socket, counts) => {
    onRequest(socket, counts, () => socket.write(answer));
  });
}

/** Writes a piece every few milliseconds until the peer is gone. */
export function drip(socket: Socket, piece: string | Buffer): void {
  const timer = setInterval(() => socket.write(piece), 5);
  socket.on("close", () => clearInterval(timer));
}

/** Writes as fast as the peer reads. */
export function pour(socket: Socket, piece: Buffer): void {
  void (async () => {
    while (socket.writable) if (!socket.write(piece)) await once(socket, "drain");
  })().catch(() => {});
}

/** Polls until the condition is true. Throws after two seconds, before any connect limit. */
export async function until(isSo: () => boolean): Promise<void> {
  const lastAtMs = performance.now() + 2000;
  while (!isSo()) {
    if (performance.now() > lastAtMs) throw new Error(`not true within 2 s: ${String(isSo)}`);
    await setTimeout(1);
  }
}
