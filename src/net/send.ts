/**
 * The only door to addresses that customers name. `send` makes one HTTP/1.1 request through the
 * guarded connector (I9) under one deadline that holds in every phase (I5), and says what came of
 * it as a value: it never throws and never rejects. It follows no redirect, decompresses nothing,
 * keeps no cookies, and repeats nothing: after a reset the receiver may already have acted.
 * It must not know what it sends, nor when it should be sent again.
 */
import type { Outcome } from "../core/outcome.ts";
import type { EgressPolicy } from "./address-policy.ts";
import { createConnections } from "./connections.ts";
import type { Origin } from "./connections.ts";
import { createConnector } from "./connector.ts";
import { Exchange } from "./exchange.ts";
import { foldError, NetError } from "./outcome.ts";
import type { Resolver } from "./resolver.ts";
import { checkUrl, hostOf, portOf } from "./url-policy.ts";

export type SendRequest = {
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  /** Names and values by turns, or an object; without host, content-length and accept-encoding. */
  readonly headers: Readonly<Record<string, string>> | readonly string[];
  readonly body: string | Uint8Array | null;
  /** For everything: DNS, connecting, TLS, writing, waiting, reading. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
};

export type Sender = {
  /** What came of it, at the latest when the deadline is over. Never rejects. */
  send(request: SendRequest): Promise<Outcome>;
  /** From now on; idle connections are closed, requests under way are not. */
  setPolicy(policy: EgressPolicy): void;
  /** Sockets open or being opened. */
  openSockets(): number;
  /** Calls off what is under way (`cancelled`) and closes every socket. */
  close(): Promise<void>;
};

export type SenderOptions = {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
  /** The source address of every connection. */
  readonly localAddress?: string;
  /** A last bound against running out of file descriptors; beyond it the outcome is `internal`. */
  readonly maxSockets?: number;
  /** PEM certificates trusted besides the public ones. */
  readonly extraCa?: readonly string[];
};

const SOCKETS_LIMIT = 8192;
const TARGETS_LIMIT = 4096;

type Target = Origin & { readonly path: string };

export function createSender(options: SenderOptions): Sender {
  let policy = options.policy;
  let isClosed = false;
  const { resolver, localAddress, extraCa } = options;
  const connections = createConnections({
    connect: createConnector({
      policy: () => policy,
      resolver,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(extraCa === undefined ? {} : { extraCa }),
    }),
    socketsLimit: options.maxSockets ?? SOCKETS_LIMIT,
  });
  const targets = new Map<string, Target | NetError>();

  function targetOf(url: string): Target | NetError {
    const known = targets.get(url);
    if (known !== undefined) return known;
    const target = parseTarget(url, policy);
    const oldest = targets.size >= TARGETS_LIMIT ? targets.keys().next().value : undefined;
    if (oldest !== undefined) targets.delete(oldest);
    targets.set(url, target);
    return target;
  }

  return {
    send(request) {
      const startedAtMs = performance.now();
      if (isClosed || request.signal?.aborted === true) {
        return Promise.resolve(
          foldError(new NetError("cancelled", "the attempt was called off"), 0),
        );
      }
      const target = targetOf(request.url);
      if (target instanceof NetError) return Promise.resolve(foldError(target, 0));
      const { deadlineMs, signal } = request;
      return new Promise((resolve) => {
        const exchange = new Exchange({ connections, deadlineMs, startedAtMs, signal, resolve });
        try {
          const connection = connections.take(target, exchange);
          if (connection === undefined) {
            return exchange.fail(new NetError("internal", "too many connections are open"));
          }
          exchange.start(connection, {
            path: target.path,
            method: request.method,
            headers: flatHeaders(request.headers),
            body: request.body,
          });
        } catch (error) {
          exchange.fail(error);
        }
      });
    },
    setPolicy(next) {
      policy = next;
      targets.clear();
      connections.dropIdle();
    },
    openSockets: () => connections.size(),
    async close() {
      isClosed = true;
      const cancelled = new NetError("cancelled", "the attempt was called off");
      for (const connection of connections.all()) connection.user?.onConnectFailed(cancelled);
      await connections.close();
    },
  };
}

function parseTarget(text: string, policy: EgressPolicy): Target | NetError {
  // Whether http is acceptable was decided when the endpoint was made, by its dialect.
  const verdict = checkUrl(text, { policy, schemes: { http: true } });
  if (!verdict.ok) {
    const reason = verdict.code === "blocked_url" ? "blocked" : "protocol";
    return new NetError(reason, verdict.message, verdict.operatorHint);
  }
  const { url } = verdict;
  return {
    origin: url.origin,
    secure: url.protocol === "https:",
    host: hostOf(url),
    port: portOf(url),
    path: url.pathname + url.search,
  };
}

function flatHeaders(headers: SendRequest["headers"]): string[] {
  // Compressed answers are neither wanted nor ever expanded.
  const flat = ["accept-encoding", "identity"];
  if (isFlat(headers)) {
    flat.push(...headers);
    return flat;
  }
  for (const name in headers) flat.push(name, headers[name] ?? "");
  return flat;
}

function isFlat(headers: SendRequest["headers"]): headers is readonly string[] {
  return Array.isArray(headers);
}
