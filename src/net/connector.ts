/**
 * Opens the sockets, and is the boundary that the address policy is enforced at (I9): a literal is
 * judged as it stands, a name by every address it resolves to (one bad answer refuses them all),
 * and the peer once more when it is connected, before a byte is sent. It connects to exactly the
 * addresses it judged; the name stays what the certificate is checked against.
 * It must not know HTTP. The socket can be destroyed at any moment: in DNS, TCP or TLS.
 */
import type { LookupAddress } from "node:dns";
import { connect as connectTcp, isIP } from "node:net";
import type { LookupFunction, Socket, TcpNetConnectOpts } from "node:net";
import { connect as connectTls, createSecureContext, rootCertificates } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import { classifyAddress, classifyAddressOfAllowedName, isAllowedName } from "./address-policy.ts";
import type { AddressVerdict, EgressPolicy } from "./address-policy.ts";
import { NetError, tlsError } from "./outcome.ts";
import type { Resolver } from "./resolver.ts";

export type ConnectTarget = {
  readonly secure: boolean;
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
};

export type ConnectDone = (error: Error | null, socket: Socket | null) => void;

/** Starts to connect; `done` is called once, later. The answer calls it off: `done` is not called then. */
export type Connector = (
  target: ConnectTarget,
  limitMs: number,
  done: ConnectDone,
) => (reason: Error) => void;

export type ConnectorOptions = {
  readonly policy: () => EgressPolicy;
  readonly resolver: Resolver;
  /** The source address of every connection. */
  readonly localAddress?: string;
  /** PEM certificates trusted besides the public ones. */
  readonly extraCa?: readonly string[];
};

/** After this an address that does not answer is given up for the next one of the same name. */
const ATTEMPT_TIMEOUT_MS = 500;
/** More addresses than can be tried within the connect limit are not handed on. */
const ADDRESSES_LIMIT = 8;
/** Also the most that a receiver who never stops can make us hold for one socket. */
const SOCKET_BUFFER_BYTES = 16_384;
const SESSIONS_LIMIT = 1000;

export function createConnector(options: ConnectorOptions): Connector {
  // One context for all: making one per connection parses the trusted certificates each time.
  const secureContext = createSecureContext({
    minVersion: "TLSv1.2",
    ...(options.extraCa === undefined ? {} : { ca: [...rootCertificates, ...options.extraCa] }),
  });
  const sessions = new Map<string, Buffer>();

  return (target, limitMs, done) => {
    const policy = options.policy();
    const isLiteral = isIP(target.host) !== 0;
    const isTrusted = !isLiteral && isAllowedName(policy, target.host, target.port);
    const judge = (address: string): AddressVerdict =>
      isTrusted
        ? classifyAddressOfAllowedName(address, policy, target.port)
        : classifyAddress(address, policy, target.port);

    if (isLiteral) {
      const verdict = judge(target.host);
      if (!verdict.allowed) {
        const error = blockedError(target, target.host, verdict.reason);
        const refusal = setImmediate(done, error, null);
        return () => clearImmediate(refusal);
      }
    }
    const lookup = guardedLookup(target, judge, options, isTrusted ? "system" : "dns");
    const socketOptions = {
      host: target.host,
      port: target.port,
      lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
      noDelay: true,
      highWaterMark: SOCKET_BUFFER_BYTES,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
    };
    const socket = target.secure
      ? openTls(target, socketOptions, { secureContext, sessions })
      : connectTcp(socketOptions);
    return watch(socket, { target, limitMs, judge, done });
  };
}

function openTls(
  target: ConnectTarget,
  socketOptions: TcpNetConnectOpts,
  shared: { secureContext: SecureContext; sessions: Map<string, Buffer> },
): TLSSocket {
  const { secureContext, sessions } = shared;
  const sessionKey = `${target.host}:${target.port}`;
  const session = sessions.get(sessionKey);
  const socket = connectTls({
    ...socketOptions,
    secureContext,
    // Set although it is the default, so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off.
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ...(session === undefined ? {} : { session }),
  });
  socket.on("session", (fresh: Buffer) => {
    // A resumed session skips the name check, so only one that passed it is kept.
    if (!socket.authorized) return;
    sessions.delete(sessionKey);
    const oldest = sessions.size >= SESSIONS_LIMIT ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    sessions.set(sessionKey, fresh);
  });
  return socket;
}

function watch(
  socket: Socket,
  watched: {
    target: ConnectTarget;
    limitMs: number;
    judge: (address: string) => AddressVerdict;
    done: ConnectDone;
  },
): (reason: Error) => void {
  const { target, limitMs, judge, done } = watched;
  let isDone = false;
  let isTcpConnected = false;
  const finish = (error: Error | null): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (error === null) return done(null, socket);
    socket.destroy();
    done(isTcpConnected && target.secure ? tlsError(error) : error, null);
  };
  const timer = setTimeout(() => {
    const phase = isTcpConnected ? "the TLS handshake was not finished" : "no connection was made";
    finish(new NetError("timeout", `${phase} within ${limitMs} ms`));
  }, limitMs);
  socket.on("error", finish);
  socket.once("connect", () => {
    isTcpConnected = true;
    const peer = socket.remoteAddress ?? "";
    const verdict = judge(peer);
    if (!verdict.allowed) return finish(blockedError(target, peer, verdict.reason));
    if (!target.secure) finish(null);
  });
  if (target.secure) socket.once("secureConnect", () => finish(null));
  socket.once("close", () => finish(new NetError("reset", "the connection was closed at once")));
  return (reason) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    socket.destroy(reason);
  };
}

function guardedLookup(
  target: ConnectTarget,
  judge: (address: string) => AddressVerdict,
  options: ConnectorOptions,
  via: "dns" | "system",
): LookupFunction {
  return (name, _lookupOptions, reply) => {
    void judgedAddresses(name).then(
      (addresses) => reply(null, addresses),
      (error: Error) => reply(error, []),
    );
  };

  async function judgedAddresses(name: string): Promise<LookupAddress[]> {
    const resolution = await options.resolver.resolve(name, via);
    if (!resolution.ok) throw new NetError(resolution.reason, resolution.detail);
    for (const address of resolution.addresses) {
      const verdict = judge(address);
      if (!verdict.allowed) throw blockedError(target, address, verdict.reason);
    }
    const localFamily = isIP(options.localAddress ?? "");
    const usable = resolution.addresses
      .map((address) => ({ address, family: isIP(address) }))
      .filter((one) => localFamily === 0 || one.family === localFamily)
      .slice(0, ADDRESSES_LIMIT);
    if (usable.length > 0) return usable;
    throw new NetError(
      "dns_not_found",
      "the host name has no address of the family that is sent from",
    );
  }
}

function blockedError(target: ConnectTarget, address: string, reason: string): NetError {
  return new NetError(
    "blocked",
    "the target is refused by the address policy",
    `${target.host}:${target.port} is ${address}: ${reason}; HOOKLINE_EGRESS_ALLOW opens what the address policy denies`,
  );
}
