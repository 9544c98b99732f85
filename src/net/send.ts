/**
 * The only door to addresses that customers name. `send` makes one HTTP/1.1 request through the
 * guarded connector (I9) under one deadline that holds in every phase (I5), and says what came of
 * it as a value: it never throws and never rejects. It follows no redirect, decompresses nothing,
 * keeps no cookies, and repeats nothing but what a kept connection lost before it was begun: after
 * any other reset the receiver may already have acted.
 * It must not know what it sends, nor when it should be sent again.
 */
import type { Outcome } from "../core/outcome.ts";
import type { TlsVersion } from "../core/tls-version.ts";
import type { EgressPolicy } from "./address-policy.ts";
import { answerText } from "./answer-text.ts";
import { createConnections } from "./connections.ts";
import { createConnector } from "./connector.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { Exchange } from "./exchange.ts";
import type { BodyLimits, Exchanged } from "./exchange.ts";
import { limitHandshakes } from "./handshake-limit.ts";
import { toFailure, NetError } from "./outcome.ts";
import type { Resolver } from "./resolver.ts";
import { redirectSentence } from "./redirect.ts";
import { createTlsContexts } from "./tls-contexts.ts";
import { createTargets, pathWithQuery } from "./target.ts";
import type { TlsIdentity } from "./tls-profile.ts";

export type SendRequest = {
  readonly url: string;
  /** Added to the query of the URL, without `?`; null for nothing. */
  readonly query: string | null;
  readonly method: "POST" | "PUT" | "GET";
  /** Names and values by turns, or an object; without host, content-length and accept-encoding. */
  readonly headers: Readonly<Record<string, string>> | readonly string[];
  readonly body: string | Uint8Array | null;
  /** For everything: DNS, connecting, TLS, writing, waiting, reading. */
  readonly deadlineMs: number;
  /** For this request only; null is the sender's own. */
  readonly tlsMinVersion: TlsVersion | null;
  /** For this request only; null is nobody's. */
  readonly tls: TlsIdentity | null;
  /** It was tried before: it goes over a new connection, not over one that was kept. */
  readonly isRetry: boolean;
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
  /** What every connection goes through. */
  readonly proxy?: EgressProxy | null;
  /** For requests that name none of their own; 1.2 when not given. */
  readonly tlsMinVersion?: TlsVersion;
  /** A last bound against running out of file descriptors; beyond it the outcome is `internal`. */
  readonly maxSockets?: number;
  /** PEM certificates trusted besides the public ones. */
  readonly extraCa?: readonly string[];
};

const SOCKETS_LIMIT = 8192;
/** Once the headers are in, the verdict is; the body is only waited for to be shown. */
const ANSWER_LIMITS: BodyLimits = { bytes: 16_384, waitMs: 1000 };

export function createSender(options: SenderOptions): Sender {
  let policy = options.policy;
  let isClosed = false;
  const { resolver, localAddress, extraCa, proxy = null } = options;
  const contexts = createTlsContexts(extraCa);
  const connections = createConnections({
    connect: limitHandshakes(
      createConnector({
        policy: () => policy,
        resolver,
        proxy,
        contexts,
        ...(localAddress === undefined ? {} : { localAddress }),
      }),
      contexts,
    ),
    socketsLimit: options.maxSockets ?? SOCKETS_LIMIT,
  });
  const targets = createTargets(() => policy);

  function begin(request: SendRequest, resolve: (exchanged: Exchanged) => void): void {
    const startedAtMs = performance.now();
    if (isClosed || request.signal?.aborted === true) return resolve(unsent(calledOff()));
    const tlsMinVersion = request.tlsMinVersion ?? options.tlsMinVersion ?? "1.2";
    const target = targets.get(request.url, { tlsMinVersion, tls: request.tls });
    if (target instanceof NetError) return resolve(unsent(target));
    const { deadlineMs, signal } = request;
    new Exchange({
      connections,
      origin: target,
      request: {
        path: pathWithQuery(target.path, request.query),
        method: request.method,
        headers: flatHeaders(request.headers),
        body: request.body,
      },
      isFresh: request.isRetry,
      deadlineMs,
      bodyLimits: ANSWER_LIMITS,
      startedAtMs,
      signal,
      resolve,
    }).start();
  }

  return {
    send: (request) =>
      new Promise((resolve) => {
        begin(request, (exchanged) => resolve(toOutcome(exchanged, request.url)));
      }),
    setPolicy(next) {
      policy = next;
      targets.clear();
      connections.dropIdle();
    },
    openSockets: () => connections.size(),
    async close() {
      isClosed = true;
      for (const connection of connections.all()) connection.user?.onConnectFailed(calledOff());
      await connections.close();
    },
  };
}

function toOutcome(exchanged: Exchanged, url: string): Outcome {
  const { isResent } = exchanged;
  if (exchanged.kind === "failed") return exchanged;
  const { kind, status, headers, hasBrokenHead, body, bodyEnd, durationMs } = exchanged;
  const bodyTruncated = bodyEnd !== "whole";
  const text = answerText(body, bodyTruncated);
  const redirect = redirectSentence({ status, location: headers.location, url });
  return {
    kind,
    status,
    headers,
    hasBrokenHead,
    body: redirect === null ? text : text === "" ? redirect : `${redirect}\n\n${text}`,
    bodyTruncated,
    durationMs,
    isResent,
  };
}

function unsent(error: NetError): Exchanged {
  return { ...toFailure(error, 0), isResent: false };
}

function calledOff(): NetError {
  return new NetError("cancelled", "the attempt was called off");
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
