/**
 * Listens on the wildcard of both families and writes down each connection and each byte. In a
 * namespace where all addresses are local it hears whoever is called, under the name he was called by.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

export type Heard = {
  /** The address that was connected to; IPv4 as such. */
  readonly address: string;
  readonly port: number;
  text: string;
};

export type Canary = AsyncDisposable & {
  readonly heard: readonly Heard[];
  /** Different addresses, sorted. */
  readonly addresses: () => readonly string[];
};

const OK = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** `answer` sees the whole request; what it says closes the connection. */
export async function openCanary(
  ports: readonly number[],
  answer: (heard: Heard) => string = () => OK,
): Promise<Canary> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  for (const port of ports) {
    const server = createServer((socket) => {
      const address = (socket.localAddress ?? "").replace(/^::ffff:(?=[\d.]+$)/, "");
      const one: Heard = { address, port: socket.localPort ?? 0, text: "" };
      heard.push(one);
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
    heard,
    addresses: () => [...new Set(heard.map(({ address }) => address))].toSorted(),
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
