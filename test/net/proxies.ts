/**
 * Two small proxies on loopback, one for each kind. Both resolve every name to loopback and record the
 * requested targets. A test can replace their answers.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export type ProxyOptions = {
  /** The required `user:password`; none by default. */
  readonly credentials?: string;
  /** The answer instead of a connection to the target; empty for silence. */
  readonly answer?: Uint8Array | string;
  /** Bytes before the target's own, in one piece with the proxy's answer. */
  readonly prefix?: string;
};

type Asked = { readonly host: string; readonly port: number };

const NAMELESS = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);

export function openConnectProxy(options: ProxyOptions = {}) {
  return openProxy((socket, chunk, proxy) => {
    proxy.received += chunk.toString("latin1");
    const end = proxy.received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = proxy.received.slice(0, end);
    proxy.heads.push(head);
    const [, host = "", port = ""] =
      /^CONNECT \[?([^\] ]+?)\]?:(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    proxy.asked.push({ host, port: Number(port) });
    const given = /^proxy-authorization: Basic (\S+)$/im.exec(head)?.[1] ?? "";
    if (options.credentials !== undefined && atob(given) !== options.credentials) {
      socket.end("HTTP/1.1 407 No\r\nproxy-authenticate: Basic\r\n\r\n");
    } else if (options.answer !== undefined) {
      if (options.answer !== "") socket.write(options.answer);
    } else {
      relay(socket, Number(port), `HTTP/1.1 200 OK\r\nvia: test\r\n\r\n${options.prefix ?? ""}`);
    }
    return true;
  }, "http");
}

export function openSocksProxy(options: ProxyOptions = {}) {
  let received: Buffer = Buffer.alloc(0);
  return openProxy((socket, chunk, proxy) => {
    received = proxy.isFresh ? chunk : Buffer.concat([received, chunk]);
    proxy.isFresh = false;
    proxy.step ??= "hello";
    if (proxy.step === "hello" && received.length >= 2 + (received[1] ?? 0)) {
      const methods = [...received.subarray(2, 2 + (received[1] ?? 0))];
      received = received.subarray(2 + methods.length);
      const wants = options.credentials === undefined ? 0 : 2;
      proxy.step = wants === 2 ? "login" : "request";
      if (!methods.includes(wants)) {
        socket.end(Buffer.from([5, 255]));
        return true;
      }
      socket.write(Buffer.from([5, wants]));
      return false;
    }
    if (proxy.step === "login") {
      const user = 2 + (received[1] ?? 0);
      const [name, password] = [received.subarray(2, user), received.subarray(user + 1)];
      const isRight = `${name.toString()}:${password.toString()}` === options.credentials;
      received = Buffer.alloc(0);
      proxy.step = "request";
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      return !isRight;
    }
    if (received.length < 5) return false;
    const kind = received[3];
    const [from, bytes] = kind === 3 ? [5, received[4] ?? 0] : [4, kind === 1 ? 4 : 16];
    if (received.length < from + bytes + 2) return false;
    const address = received.subarray(from, from + bytes);
    const host =
      kind === 3 ? address.toString() : kind === 1 ? address.join(".") : address.toString("hex");
    const port = received.readUInt16BE(from + bytes);
    proxy.asked.push({ host, port });
    if (options.answer === undefined)
      relay(socket, port, Buffer.concat([NAMELESS, Buffer.from(options.prefix ?? "")]));
    else if (options.answer !== "") socket.write(options.answer);
    return true;
  }, "socks5");
}

type State = {
  received: string;
  isFresh: boolean;
  step: "hello" | "login" | "request" | undefined;
  readonly asked: Asked[];
  readonly heads: string[];
};

/** `hear` returns whether the handshake is complete. */
async function openProxy(
  hear: (socket: Socket, chunk: Buffer, proxy: State) => boolean,
  scheme: string,
) {
  const asked: Asked[] = [];
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const state: State = { received: "", isFresh: true, step: undefined, asked, heads };
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const onData = (chunk: Buffer): void => {
      if (hear(socket, chunk, state)) socket.removeListener("data", onData);
    };
    socket.on("data", onData);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    /** The requested targets, in order. */
    asked,
    /** The headers of the requests to an http proxy. */
    heads,
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    urlWith: (credentials: string) => `${scheme}://${credentials}@127.0.0.1:${port}`,
    openSockets: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function relay(socket: Socket, port: number, answer: Uint8Array | string): void {
  const onward = connect({ host: "127.0.0.1", port });
  onward.on("error", () => socket.destroy());
  socket.on("close", () => onward.destroy());
  onward.on("close", () => socket.destroy());
  onward.once("connect", () => {
    socket.write(answer);
    socket.pipe(onward).pipe(socket);
  });
}
