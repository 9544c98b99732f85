/**
 * A connection through the operator's proxy. It consists of a connection to the proxy, a tunnel to the
 * target, and TLS with the target, all within one limit. A proxy that cannot be reached or used is a fault of
 * the server (I7). A failure that the proxy reports for the target is the target's.
 */
import {
  connect as connectTcp,
  type LookupFunction,
  type Socket,
  type TcpNetConnectOpts,
  isIP,
} from "node:net";
import type { ConnectDone, ConnectTarget, ConnectTrace } from "./connect-types.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import type { TlsOpener } from "./open-tls.ts";
import { NetError, tlsError } from "../outcome.ts";
import { openTunnel, proxyError } from "./proxy-tunnel.ts";
import type { Resolver } from "../policy/resolver.ts";

export type ProxiedConnect = {
  readonly proxy: EgressProxy;
  readonly target: ConnectTarget;
  readonly limitMs: number;
  readonly socketOptions: TcpNetConnectOpts & { readonly highWaterMark: number };
  readonly resolver: Resolver;
  readonly openTls: TlsOpener;
  readonly trace: ConnectTrace | undefined;
};

/** Connects like a `Connector`: calls `done` once, later, unless the returned function cancels it. */
export function connectByProxy(p: ProxiedConnect, done: ConnectDone): (reason: Error) => void {
  const { proxy, target, limitMs, socketOptions, trace } = p;
  let phase: "proxy" | "tunnel" | "tls" = "proxy";
  let isDone = false;
  const raw = connectTcp({ ...socketOptions, lookup: systemLookup(p.resolver) });
  let socket: Socket = raw;

  function end(): boolean {
    if (isDone) return false;
    isDone = true;
    clearTimeout(timer);
    return true;
  }
  function fail(error: Error): void {
    if (!end()) return;
    close(error);
    done(error, null);
  }
  function close(reason?: Error): void {
    socket.destroy(reason);
    raw.destroy();
  }
  function succeed(): void {
    if (!end()) return;
    if (trace !== undefined) trace.readyAtMs = performance.now();
    done(null, socket);
  }
  const timer = setTimeout(() => fail(overLimit(phase, limitMs)), limitMs);

  const onBroken = (error: Error | null): void => {
    if (phase === "proxy") return fail(proxyError("cannot be reached", error?.message));
    fail(
      new NetError(
        "unreachable",
        "the host cannot be reached",
        "the egress proxy closed the connection",
      ),
    );
  };
  raw.on("error", onBroken);
  raw.once("close", () => onBroken(null));
  raw.once("connect", () => {
    phase = "tunnel";
    openTunnel(raw, { proxy, target }, (error) => {
      if (error !== null) return fail(error);
      if (trace !== undefined) trace.connectedAtMs = performance.now();
      if (!target.secure) return succeed();
      phase = "tls";
      const secure = p.openTls(target, { socket: raw, highWaterMark: socketOptions.highWaterMark });
      socket = secure;
      secure.on("error", (broken) => fail(tlsError(broken)));
      secure.once("close", () => {
        raw.destroy();
        fail(new NetError("reset", "the receiver closed the connection immediately"));
      });
      secure.once("secureConnect", succeed);
    });
  });
  return (reason) => {
    if (end()) close(reason);
  };
}

function overLimit(phase: "proxy" | "tunnel" | "tls", limitMs: number): NetError {
  if (phase === "proxy") return proxyError(`accepted no connection within ${limitMs} ms`);
  const what =
    phase === "tls" ? "the TLS handshake did not finish" : "no connection was established";
  return new NetError("timeout", `${what} within ${limitMs} ms`);
}

/** Resolves the proxy's name, which the operator chose, by any source of the system. */
function systemLookup(resolver: Resolver): LookupFunction {
  return (name, { all }, reply) => {
    void resolver.resolve(name, "system").then((resolution) => {
      if (!resolution.ok) return reply(new Error(resolution.detail), []);
      const found = resolution.addresses.map((address) => ({ address, family: isIP(address) }));
      const [first] = found;
      if (all === true) return reply(null, found);
      reply(null, first?.address ?? "", first?.family);
    });
  };
}
