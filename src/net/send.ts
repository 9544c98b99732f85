/**
 * The only way to addresses that customers name. `send` makes one HTTP/1.1 request through the guarded
 * connector (I9), under one deadline for all phases (I5). The outcome is a value: `send` never throws and
 * never rejects. It follows no redirect, decompresses nothing and keeps no cookies. It repeats a request only
 * if a kept connection broke before the receiver processed it; after any other reset the receiver may already
 * have acted. This file must not know the content of a request, nor its retry schedule.
 */
import { type KeptDetail, keepsDetail, NO_WIRE } from "../core/delivery/attempt-detail.ts";
import type { Outcome } from "../core/delivery/outcome.ts";
import type { TlsVersion } from "../core/crypto/tls-version.ts";
import type { EgressPolicy } from "./policy/address-policy.ts";
import { answerText } from "./exchange/answer-text.ts";
import { createConnections } from "./connect/connections.ts";
import { createConnector } from "./connect/connector.ts";
import type { EgressProxy } from "./connect/egress-proxy.ts";
import { Exchange } from "./exchange/exchange.ts";
import type { BodyLimits, Exchanged } from "./exchange/exchange-types.ts";
import { divideHandshakes, limitHandshakes } from "./connect/handshake-limit.ts";
import { toFailure, NetError } from "./outcome.ts";
import type { Resolver } from "./policy/resolver.ts";
import { redirectSentence } from "./policy/redirect.ts";
import { createTlsContexts } from "./connect/tls-contexts.ts";
import { createTargets, pathWithQuery } from "./policy/target.ts";
import type { TlsIdentity } from "./connect/tls-profile.ts";

export type SendRequest = {
  readonly url: string;
  /** Added to the query of the URL, without `?`; null adds nothing. */
  readonly query: string | null;
  readonly method: "POST" | "PUT" | "GET";
  /** Names and values alternately, or an object; without host, content-length and accept-encoding. */
  readonly headers: Readonly<Record<string, string>> | readonly string[];
  readonly body: string | Uint8Array | null;
  /** Time limit for everything: DNS, connecting, TLS, writing, waiting, reading. */
  readonly deadlineMs: number;
  /** Minimum version for this request; null means the sender's. */
  readonly tlsMinVersion: TlsVersion | null;
  /** Client certificate and authorities for this request; null means none. */
  readonly tls: TlsIdentity | null;
  /** Whether the delivery was tried before: then it needs a new connection instead of a kept one. */
  readonly isRetry: boolean;
  readonly signal?: AbortSignal;
};

export type Sender = {
  /** Sends a request. Resolves with the outcome by the deadline at the latest. Never rejects. */
  send(request: SendRequest): Promise<Outcome>;
  /** Applies a policy from now on. Idle connections are closed; requests in flight continue. */
  setPolicy(policy: EgressPolicy): void;
  /** Returns the number of sockets open or being opened. */
  openSockets(): number;
  /** Cancels requests in flight (`cancelled`) and closes every socket. */
  close(): Promise<void>;
};

export type SenderOptions = {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
  /** The source address of every connection. */
  readonly localAddress?: string;
  /** The proxy for every connection. */
  readonly proxy?: EgressProxy | null;
  /** Minimum version for requests without one; 1.2 by default. */
  readonly tlsMinVersion?: TlsVersion;
  /** Protects against running out of file descriptors; beyond this limit the outcome is `internal`. */
  readonly maxSockets?: number;
  /** PEM certificates trusted besides the public ones. */
  readonly extraCa?: readonly string[];
  /** Which outcomes have headers, times and peer; none by default. */
  readonly keptDetail?: KeptDetail;
  /** Number of senders that divide the limits of this node on sockets and handshakes; 1 by default. */
  readonly senders?: number;
};

const SOCKETS_LIMIT = 8192;
/** The headers decide the outcome; the body is awaited only to be shown. */
const ANSWER_LIMITS: BodyLimits = { bytes: 16_384, waitMs: 1000 };

export function createSender(options: SenderOptions): Sender {
  let policy = options.policy;
  let isClosed = false;
  const { resolver, localAddress, extraCa, proxy = null, senders = 1 } = options;
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
      divideHandshakes(senders),
    ),
    socketsLimit: Math.floor((options.maxSockets ?? SOCKETS_LIMIT) / senders),
  });
  const targets = createTargets(() => policy);
  const { keptDetail = "none" } = options;
  const wantsWire = (status: number): boolean =>
    keepsDetail(keptDetail, status >= 200 && status <= 299);
  const unsent = (error: NetError): Exchanged => ({
    ...toFailure(error, 0),
    isResent: false,
    wire: wantsWire(0) ? NO_WIRE : null,
  });

  function begin(request: SendRequest, resolve: (exchanged: Exchanged) => void): void {
    const startedAtMs = performance.now();
    if (isClosed || request.signal?.aborted === true) return resolve(unsent(cancelledError()));
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
      wantsWire,
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
      for (const connection of connections.all())
        connection.user?.onConnectFailed(cancelledError());
      await connections.close();
    },
  };
}

function toOutcome(exchanged: Exchanged, url: string): Outcome {
  const { isResent, wire } = exchanged;
  if (exchanged.kind === "failed") return toFailed(exchanged);
  const { kind, status, headers, hasBrokenHead, body, bodyEnd, durationMs } = exchanged;
  const bodyTruncated = bodyEnd !== "whole";
  const text = answerText(body, bodyTruncated);
  const redirect = redirectSentence({ status, location: headers.location, url });
  const responded: Outcome = {
    kind,
    status,
    headers,
    hasBrokenHead,
    body: redirect === null ? text : text === "" ? redirect : `${redirect}\n\n${text}`,
    bodyTruncated,
    durationMs,
    isResent,
  };
  return wire === null ? responded : { ...responded, wire };
}

function toFailed({ wire, ...failed }: Extract<Exchanged, { kind: "failed" }>): Outcome {
  return wire === null ? failed : { ...failed, wire };
}

function cancelledError(): NetError {
  return new NetError("cancelled", "the attempt was cancelled");
}

function flatHeaders(headers: SendRequest["headers"]): readonly string[] {
  return isFlat(headers) ? headers : Object.entries(headers).flat();
}

function isFlat(headers: SendRequest["headers"]): headers is readonly string[] {
  return Array.isArray(headers);
}
