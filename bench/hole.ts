/** A receiver that accepts connections, reads, and never answers. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export type Hole = {
  readonly origin: string;
  /** Resolves when one more connection has sent something. */
  nextRequest(): Promise<unknown>;
  close(): void;
};

export async function openHole(): Promise<Hole> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", () => server.emit("request"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    nextRequest: () => once(server, "request"),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
