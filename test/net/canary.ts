/**
 * Listens on the wildcard of both families and records each connection and each byte. In a namespace where
 * all addresses are local it gets every connection, and records the address that was called.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

export type CanaryConnection = {
  /** The called address; IPv4 without a prefix. */
  readonly address: string;
  readonly port: number;
  text: string;
};

export type Canary = AsyncDisposable & {
  readonly connections: readonly CanaryConnection[];
  /** The different addresses, sorted. */
  readonly addresses: () => readonly string[];
};

const OK = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** `answer` gets the whole request. Its result is sent, and the connection closed. */
export async function openCanary(
  ports: readonly number[],
  answer: (connections: CanaryConnection) => string = () => OK,
): Promise<Canary> {
  const connections: CanaryConnection[] = [];
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  for (const port of ports) {
    const server = createServer((socket) => {
      const address = (socket.localAddress ?? "").replace(/^::ffff:(?=[\d.]+$)/, "");
      const one: CanaryConnection = { address, port: socket.localPort ?? 0, text: "" };
      connections.push(one);
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {});
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        one.text += chunk;
        const isTls = one.text.startsWith("\x16");
        if (isTls) socket.destroy();
        else if (isWhole(one.text)) socket.end(answer(one));
      });
    });
    server.listen({ port, host: "::" });
    await once(server, "listening");
    servers.push(server);
  }
  return {
    connections,
    addresses: () => [...new Set(connections.map(({ address }) => address))].toSorted(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) {
        server.close();
        await once(server, "close");
      }
    },
  };
}

function isWhole(request: string): boolean {
  const head = request.indexOf("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
  return head >= 0 && request.length >= head + 4 + length;
}
