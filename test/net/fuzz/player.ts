/** The receiver of one case. It plays the answers by the marker of each request, and records the arrivals. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import type { SecureContext } from "node:tls";
import { reset } from "../../harness/reset.ts";
import type { Answer, FuzzCase } from "./fuzz-case.ts";

/** One arrival of a request. */
export type Arrival = {
  readonly marker: string;
  readonly connection: PlayedConnection;
  /** How many requests the connection had carried before. */
  readonly position: number;
  /** Set when the answer and its ending have left. */
  isPlayed: boolean;
};

export type PlayedConnection = { requests: number; isClosed: boolean };

export type Player = Awaited<ReturnType<typeof openPlayer>>;

const REQUEST = /^POST \/hook HTTP\/1\.1\r\n[^]*?\r\n\r\n\{"marker":"([^"]+)"\}$/;

export async function openPlayer(
  { requests, isSecure }: FuzzCase,
  secureContext: SecureContext | undefined,
  /** Called before each write, and before the ending. */
  onWrite: (marker: string, write: number) => void,
) {
  const arrivals: Arrival[] = [];
  const faults: string[] = [];
  const raws = new Set<Socket>();
  let changed = Promise.withResolvers<void>();
  const wake = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };

  function take(text: string, connection: PlayedConnection): readonly [Arrival, Answer] | null {
    const marker = REQUEST.exec(text)?.[1];
    const request = requests.find((one) => one.marker === marker);
    if (marker === undefined || request === undefined) {
      faults.push(`bytes that are no request: ${JSON.stringify(text.slice(0, 200))}`);
      return null;
    }
    const answer = request.answers[arrivals.filter((one) => one.marker === marker).length];
    const arrival = { marker, connection, position: connection.requests, isPlayed: false };
    connection.requests += 1;
    arrivals.push(arrival);
    if (answer !== undefined) return [arrival, answer];
    faults.push(`the request ${marker} arrived a third time`);
    return null;
  }

  const server = createServer({ noDelay: true }, (raw) => {
    raws.add(raw);
    const connection: PlayedConnection = { requests: 0, isClosed: false };
    const socket = isSecure
      ? new TLSSocket(raw, { isServer: true, ...(secureContext && { secureContext }) })
      : raw;
    const onClosed = () => {
      connection.isClosed = true;
      wake();
    };
    raw.on("error", () => {});
    raw.on("close", () => {
      raws.delete(raw);
      onClosed();
    });
    socket.on("error", () => {});
    socket.on("end", onClosed);
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (!text.endsWith("}")) return;
      const taken = take(text, connection);
      text = "";
      if (taken === null) {
        raw.destroy();
        return;
      }
      const [arrival, answer] = taken;
      const onNext = (write: number) => onWrite(arrival.marker, write);
      void play(answer, { socket, raw, onNext }).then(() => {
        arrival.isPlayed = true;
        wake();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: isSecure ? `https://localhost:${port}/hook` : `http://127.0.0.1:${port}/hook`,
    arrivals,
    faults,
    /** Resolves at the next arrival's end or close of a connection. */
    changed: () => changed.promise,
    openConnections: () => raws.size,
    async [Symbol.asyncDispose]() {
      for (const raw of raws) raw.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function play(
  answer: Answer,
  p: { readonly socket: Socket; readonly raw: Socket; readonly onNext: (write: number) => void },
): Promise<void> {
  const { socket, raw } = p;
  for (const [n, piece] of answer.writes.entries()) {
    if (n > 0 && answer.isSlow) await nextTurn();
    if (socket.destroyed || !socket.writable) return;
    p.onNext(n);
    socket.write(piece);
  }
  p.onNext(answer.writes.length);
  if (answer.ending === "closed") socket.end();
  if (answer.ending !== "reset") return;
  // A reset discards bytes that were not read.
  if (answer.isSlow) await nextTurn();
  // The raw socket does not know that TLS has sent its end.
  if (socket.writableEnded || socket.destroyed) raw.destroy();
  else reset(raw);
}
