/**
 * Opens a tunnel to a target on a socket that is connected to a proxy. The protocol is CONNECT (RFC 9110,
 * 9.3.6) or SOCKS5 (RFC 1928, 1929), with the name instead of an address. Afterwards the socket behaves like
 * the target's, and no byte of the target has been consumed.
 */
import type { Socket } from "node:net";
import type { EgressProxy } from "./egress-proxy.ts";
import { ipBytes, parseIp } from "../policy/ip-number.ts";
import { NetError } from "../outcome.ts";

export type TunnelTarget = { readonly host: string; readonly port: number };

/** The next bytes to write, or the result; undefined means that more must be read. */
type Step = { readonly write: Uint8Array } | { readonly done: NetError | null } | undefined;

/**
 * The conversation with a proxy. It consumes received bytes from the front; `take` returns undefined when too
 * few have arrived.
 */
type ProxyConversation = { readonly hello: Uint8Array; receive(received: Received): Step };

type Received = {
  take(bytes: number): Buffer | undefined;
  /** Takes the bytes up to and including the end of the first head. */
  takeHead(): Buffer | undefined;
  readonly length: number;
};

const SPEAKS_FIRST = "the response is not valid HTTP/1.1: it came before the request";

/** Maximum size of a proxy's answer before the target's bytes. */
const ANSWER_LIMIT_BYTES = 16_384;

/** Opens the tunnel and calls `done` once, later. The caller handles errors of the socket. */
export function openTunnel(
  socket: Socket,
  p: { readonly proxy: EgressProxy; readonly target: TunnelTarget },
  done: (error: NetError | null) => void,
): void {
  const conversation = p.proxy.kind === "socks5" ? speakSocks(p) : speakConnect(p);
  let buffered: Buffer = Buffer.alloc(0);
  const received: Received = {
    take(bytes) {
      if (buffered.length < bytes) return undefined;
      const taken = buffered.subarray(0, bytes);
      buffered = buffered.subarray(bytes);
      return taken;
    },
    takeHead() {
      const end = buffered.indexOf("\r\n\r\n");
      return end < 0 ? undefined : received.take(end + 4);
    },
    get length() {
      return buffered.length;
    },
  };
  const finish = (error: NetError | null): void => {
    socket.removeListener("readable", onReadable);
    done(error);
  };
  const onReadable = (): void => {
    for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
      buffered = Buffer.concat([buffered, chunk]);
    }
    if (buffered.length > ANSWER_LIMIT_BYTES) return finish(proxyError("sent too long an answer"));
    for (let step: Step; (step = conversation.receive(received)) !== undefined;) {
      if ("write" in step) {
        socket.write(step.write);
        continue;
      }
      // In HTTP and in TLS the client speaks first; a target that speaks before uses neither.
      const isTooMuch = step.done === null && received.length > 0;
      return finish(isTooMuch ? new NetError("protocol", SPEAKS_FIRST) : step.done);
    }
  };
  socket.on("readable", onReadable);
  socket.write(conversation.hello);
}

function speakConnect({ proxy, target }: Parameters<typeof openTunnel>[1]): ProxyConversation {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const authority = `${host}:${target.port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (proxy.credentials !== null) {
    const { user, password } = proxy.credentials;
    const basic = Buffer.from(`${user}:${password}`).toString("base64");
    lines.push(`Proxy-Authorization: Basic ${basic}`);
  }
  return {
    hello: Buffer.from(`${lines.join("\r\n")}\r\n\r\n`),
    receive(received) {
      const head = received.takeHead()?.toString("latin1");
      if (head === undefined) return undefined;
      const status = Number(/^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head)?.[1] ?? 0);
      if (status >= 100 && status <= 199 && status !== 101) return this.receive(received);
      return { done: verdictOfStatus(status, /^proxy-authenticate:/im.test(head)) };
    },
  };
}

function verdictOfStatus(status: number, asksForCredentials: boolean): NetError | null {
  if (status >= 200 && status <= 299) return null;
  const hint = `the egress proxy answered CONNECT with ${status}`;
  if (status === 0) return proxyError("does not speak HTTP");
  // With the header a 407 is about the proxy's credentials. Without it, Smokescreen uses 407 for a target
  // that it denies.
  if (status === 407 && asksForCredentials)
    return proxyError("rejects the configured credentials", hint);
  if (status === 403 || status === 407) return blocked(hint);
  if (status === 504) return new NetError("timeout", "no connection was established in time", hint);
  return new NetError("unreachable", "the host cannot be reached", hint);
}

const SOCKS = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;

function speakSocks({ proxy, target }: Parameters<typeof openTunnel>[1]): ProxyConversation {
  const { credentials } = proxy;
  const methods =
    credentials === null ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  let awaits: "method" | "login" | "reply" | "address" = "method";
  let addressBytes = 0;

  const ask = (): Step => {
    awaits = "reply";
    const port = [target.port >> 8, target.port & 0xff];
    return { write: Uint8Array.from([SOCKS, 1, 0, ...socksAddress(target.host), ...port]) };
  };
  const receive = (received: Received): Step => {
    if (awaits === "method") {
      const answer = received.take(2);
      if (answer === undefined) return undefined;
      if (answer[0] !== SOCKS) return { done: proxyError("does not speak SOCKS5") };
      if (answer[1] === NO_AUTHENTICATION) return ask();
      if (answer[1] !== USER_AND_PASSWORD || credentials === null) {
        return { done: proxyError("rejects the configured credentials") };
      }
      awaits = "login";
      const { user, password } = credentials;
      return { write: Uint8Array.from([1, ...withLength(user), ...withLength(password)]) };
    }
    if (awaits === "login") {
      const answer = received.take(2);
      if (answer === undefined) return undefined;
      return answer[1] === 0 ? ask() : { done: proxyError("rejects the configured credentials") };
    }
    if (awaits === "reply") {
      // Includes the first byte of the bound address, whose length depends on its kind.
      const answer = received.take(5);
      if (answer === undefined) return undefined;
      const [version, code = 255, , kind, first = 0] = answer;
      if (version !== SOCKS) return { done: proxyError("does not speak SOCKS5") };
      if (code !== 0) return { done: verdictOfReply(code) };
      addressBytes = kind === 1 ? 4 : kind === 4 ? 16 : kind === 3 ? first + 1 : 0;
      if (addressBytes === 0) return { done: proxyError("does not speak SOCKS5") };
      awaits = "address";
    }
    return received.take(addressBytes - 1 + 2) === undefined ? undefined : { done: null };
  };
  return { hello: Uint8Array.of(SOCKS, methods.length, ...methods), receive };
}

function socksAddress(host: string): readonly number[] {
  const ip = parseIp(host);
  if (ip !== undefined) return [ip.family === 4 ? 1 : 4, ...ipBytes(ip)];
  return [3, ...withLength(host)];
}

function withLength(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  return [bytes.length, ...bytes];
}

function verdictOfReply(code: number): NetError {
  const hint = `the egress proxy answered SOCKS5 with ${code}`;
  if (code === 2) return blocked(hint);
  if (code === 5) return new NetError("refused", "the connection was refused", hint);
  if (code === 6) return new NetError("timeout", "no connection was established in time", hint);
  return new NetError("unreachable", "the host cannot be reached", hint);
}

/** Builds the error for a fault of the proxy, which is independent of the target (I7). */
export function proxyError(problem: string, hint?: string): NetError {
  const said = hint === undefined ? problem : `${problem}: ${hint}`;
  return new NetError("internal", "the egress proxy cannot be used", `the egress proxy ${said}`);
}

function blocked(hint: string): NetError {
  return new NetError("blocked", "the target is refused by the address policy", hint);
}
