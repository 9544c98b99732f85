/**
 * Opens the sockets and enforces the address policy (I9). A literal is checked directly, and a name by every
 * address it resolves to: one refused address refuses them all. The peer is checked again once connected,
 * before a byte is sent. The connection goes to exactly the checked addresses, while the certificate is still
 * checked against the name. With a proxy, literals are checked here and the rest is left to the proxy. This
 * file must not know HTTP. The socket can be destroyed at any moment: in DNS, TCP or TLS.
 */
import type { LookupAddress } from "node:dns";
import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type Socket,
  type TcpNetConnectOpts,
} from "node:net";
import {
  classifyAddress,
  classifyAddressOfAllowedName,
  isAllowedName,
  withOwnAddress,
  type AddressVerdict,
  type EgressPolicy,
} from "../policy/address-policy.ts";
import { NetError, tlsError } from "../outcome.ts";
import type { Resolver } from "../policy/resolver.ts";
import { createTlsOpener } from "./open-tls.ts";
import { createTlsContexts } from "./tls-contexts.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import { connectByProxy } from "./proxy-connect.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import type { ConnectTarget, ConnectDone, ConnectTrace, Connector } from "./connect-types.ts";

export type ConnectorOptions = {
  readonly policy: () => EgressPolicy;
  readonly resolver: Resolver;
  /** The source address of every connection. */
  readonly localAddress?: string;
  /** The proxy resolves names, and checks the addresses that they lead to. */
  readonly proxy?: EgressProxy | null;
  /** Made here when not given. */
  readonly contexts?: TlsContexts;
};

/** `isOwn`: the address turned out to be this machine's. */
type Judge = (address: string, isOwn?: boolean) => AddressVerdict;

/** After this time an address that does not answer is given up for the next one of the same name. */
const ATTEMPT_TIMEOUT_MS = 500;
/** Addresses beyond this number are dropped: they could not be tried within the connect limit. */
const ADDRESSES_LIMIT = 8;
/** Read buffer of a socket, which is also the most that an endless sender makes the server hold for it. */
const SOCKET_BUFFER_BYTES = 16_384;
const readBuffer = Buffer.alloc(SOCKET_BUFFER_BYTES);
const OTHER_FAMILY = "the host has no address of the IP version that this server sends from";

export function createConnector(options: ConnectorOptions): Connector {
  const openTls = createTlsOpener(options.contexts ?? createTlsContexts());
  const { proxy = null, localAddress } = options;

  return (target, limitMs, done, trace) => {
    if (trace !== undefined) trace.beganAtMs = performance.now();
    const policy = options.policy();
    const isLiteral = isIP(target.host) !== 0;
    const isTrusted = !isLiteral && isAllowedName(policy, target.host, target.port);
    const judge: Judge = (address, isOwn = false) =>
      (isTrusted ? classifyAddressOfAllowedName : classifyAddress)(
        address,
        isOwn ? withOwnAddress(policy, address) : policy,
        target.port,
      );

    if (isLiteral) {
      const verdict = judge(target.host);
      const error = !verdict.allowed
        ? blockedError(target, target.host, verdict.reason)
        : proxy !== null || canLeaveFrom(localAddress, isIP(target.host))
          ? null
          : new NetError("unreachable", OTHER_FAMILY);
      if (error !== null) {
        const refusal = setImmediate(done, error, null);
        return () => clearImmediate(refusal);
      }
    }
    const shared = {
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
      noDelay: true,
      highWaterMark: SOCKET_BUFFER_BYTES,
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    if (proxy !== null) {
      const socketOptions = { ...shared, host: proxy.host, port: proxy.port };
      const shown = { proxy, target, limitMs, socketOptions, openTls, trace };
      return connectByProxy({ ...options, ...shown }, done);
    }
    const via = isTrusted ? "system" : "dns";
    const lookup = guardedLookup(target, { judge, options, via, trace });
    const socketOptions = { ...shared, host: target.host, port: target.port, lookup };
    const socket = target.secure
      ? openTls(target, socketOptions)
      : connectTcp({ ...socketOptions, ...readDirectly(trace) });
    return watch(socket, { target, limitMs, judge, done, trace });
  };
}

/**
 * Reads into one buffer for all sockets, since each read is used up at once. A stream would allocate 64 KiB for
 * each read, and several objects.
 */
function readDirectly(trace: ConnectTrace | undefined): Pick<TcpNetConnectOpts, "onread"> {
  const { onBytes } = trace ?? {};
  if (onBytes === undefined) return {};
  return {
    onread: {
      buffer: readBuffer,
      callback(count, bytes) {
        onBytes((bytes as Buffer).subarray(0, count));
        return true;
      },
    },
  };
}

function watch(
  socket: Socket,
  watched: {
    target: ConnectTarget;
    limitMs: number;
    judge: Judge;
    done: ConnectDone;
    trace: ConnectTrace | undefined;
  },
): (reason: Error) => void {
  const { target, limitMs, judge, done, trace } = watched;
  let isDone = false;
  let isTcpConnected = false;
  const finish = (error: Error | null): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (error === null) {
      if (trace !== undefined) trace.readyAtMs = performance.now();
      return done(null, socket);
    }
    socket.destroy();
    done(isTcpConnected && target.secure ? tlsError(error) : error, null);
  };
  const timer = setTimeout(() => {
    const phase = isTcpConnected
      ? "the TLS handshake did not finish"
      : "no connection was established";
    finish(new NetError("timeout", `${phase} within ${limitMs} ms`));
  }, limitMs);
  socket.on("error", finish);
  socket.once("connect", () => {
    isTcpConnected = true;
    const peer = socket.remoteAddress ?? "";
    // A connection to this machine has the same address at both ends, even one assigned after the start. With
    // a source address set they differ, so only addresses known at the start are detected.
    const verdict = judge(peer, peer === socket.localAddress);
    if (!verdict.allowed) return finish(blockedError(target, peer, verdict.reason));
    if (trace !== undefined) {
      trace.connectedAtMs = performance.now();
      trace.peer = peer;
    }
    if (!target.secure) finish(null);
  });
  if (target.secure) socket.once("secureConnect", () => finish(null));
  socket.once("close", () =>
    finish(new NetError("reset", "the receiver closed the connection immediately")),
  );
  return (reason) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    socket.destroy(reason);
  };
}

function guardedLookup(
  target: ConnectTarget,
  {
    judge,
    options,
    via,
    trace,
  }: {
    readonly judge: Judge;
    readonly options: ConnectorOptions;
    readonly via: "dns" | "system";
    readonly trace: ConnectTrace | undefined;
  },
): LookupFunction {
  return (name, { all }, reply) => {
    void judgedAddresses(name).then(
      (addresses) => {
        if (trace !== undefined) trace.resolvedAtMs = performance.now();
        if (all === true) return reply(null, addresses);
        // With a local address Node asks for one address and tries no other. A random one is returned, so
        // that a dead address does not fail every attempt.
        const one = addresses[Math.floor(Math.random() * addresses.length)];
        reply(null, one?.address ?? "", one?.family);
      },
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
    const usable = resolution.addresses
      .map((address) => ({ address, family: isIP(address) }))
      .filter(({ family }) => canLeaveFrom(options.localAddress, family))
      .slice(0, ADDRESSES_LIMIT);
    if (usable.length > 0) return usable;
    throw new NetError("dns_not_found", OTHER_FAMILY);
  }
}

function canLeaveFrom(localAddress: string | undefined, family: number): boolean {
  return localAddress === undefined || isIP(localAddress) === family;
}

function blockedError(target: ConnectTarget, address: string, reason: string): NetError {
  return new NetError(
    "blocked",
    "the target is refused by the address policy",
    `${target.host}:${target.port} is ${address}: ${reason}; to permit it, add it to HOOKLINE_EGRESS_ALLOW`,
  );
}
