/** One TCP connection that sends bytes which no HTTP client would send, and collects the responses. */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export type RawSocket = Disposable & {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  received(): string;
  /** The status of each response, in order. */
  statuses(): number[];
  /** Resolves with true when the peer has closed the connection, with false at the deadline. */
  closed(deadlineMs: number): Promise<boolean>;
};

export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  let isClosed = false;
  // A reset counts as a close.
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  const over = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isClosed = true;
      resolve();
    });
  });
  await once(socket, "connect");
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    received: () => text,
    statuses: () =>
      [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)),
    async closed(deadlineMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, deadlineMs);
      await Promise.race([over, promise]);
      clearTimeout(timer);
      return isClosed;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}
