/**
 * Fetches the content that a publisher's URL names, such as the picture of a message. It uses the same
 * guarded connector as deliveries (I9), stores nothing, and streams. The origin is read no faster than the
 * client reads, so a download of any size costs a few buffers (I5). Each download has a separate connection,
 * a size limit, a deadline, and a minimum rate for both sides. As for a delivery no redirect is followed,
 * since no publisher named that target.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { addAbortSignal, pipeline, type Readable } from "node:stream";
import type { TlsVersion } from "../core/crypto/tls-version.ts";
import { hasUser } from "../core/crypto/url-userinfo.ts";
import type { EgressPolicy } from "./policy/address-policy.ts";
import type { Connector } from "./connect/connect-types.ts";
import { createMeter, type MeterLimits } from "./exchange/content-meter.ts";
import { NetError } from "./outcome.ts";
import { createTargets, type Target } from "./policy/target.ts";

export type FetchedContent =
  | {
      readonly ok: true;
      /** The size that the origin announced; null when it did not. */
      readonly sizeBytes: number | null;
      /** Fails when the rest does not arrive, is too large, or is read too slowly. */
      readonly body: Readable;
    }
  | { readonly ok: false; readonly reason: "blocked" | "too_large" | "unreachable" };

export type ContentLimits = MeterLimits & {
  /** Time limit for the headers of the response. */
  readonly headersMs: number;
};

/** Fetches one URL. An aborted signal ends the download in any phase. Never rejects. */
export type ContentFetcher = (url: string, signal: AbortSignal) => Promise<FetchedContent>;

const CONTENT_LIMITS: ContentLimits = {
  bodyBytes: 16 * 1024 * 1024,
  headersMs: 10_000,
  // This is 4 KiB per second, measured over a longer window because kernel buffers make the flow uneven.
  windowMs: 30_000,
  windowBytes: 120 * 1024,
  windows: 10,
};
const CONNECT_LIMIT_MS = 3000;
/** RFC 9110 15.2 does not limit interim responses. */
const INTERIM_LIMIT = 16;

/** Creates the fetcher. Any response but a 2xx counts as unreachable. */
export function createContentFetcher(options: {
  readonly policy: () => EgressPolicy;
  readonly connect: Connector;
  readonly tlsMinVersion: TlsVersion;
  readonly userAgent: string;
  readonly limits?: Partial<ContentLimits>;
}): ContentFetcher {
  const { connect, tlsMinVersion } = options;
  const limits = { ...CONTENT_LIMITS, ...options.limits };
  // The policy's verdict on a URL may change, so none is cached.
  const toTarget = (url: string): Target | NetError =>
    hasUser(url)
      ? new NetError("protocol", "the URL of an attachment must not have a user name")
      : createTargets(options.policy).get(url, { tlsMinVersion, tls: null });

  return async (url, clientSignal) => {
    const headersTimer = new AbortController();
    const timer = setTimeout(() => headersTimer.abort(), limits.headersMs);
    const signal = AbortSignal.any([clientSignal, headersTimer.signal]);
    try {
      const target = toTarget(url);
      if (target instanceof NetError) throw target;
      const socket = await connectTo(connect, target, signal);
      const answer = await answerOver(socket, { target, userAgent: options.userAgent, signal });
      return toContent(answer, clientSignal);
    } catch (error) {
      const isBlocked = error instanceof NetError && error.reason === "blocked";
      return { ok: false, reason: isBlocked ? "blocked" : "unreachable" };
    } finally {
      clearTimeout(timer);
    }
  };

  function toContent(answer: IncomingMessage, clientSignal: AbortSignal): FetchedContent {
    const { statusCode = 0 } = answer;
    const sizeBytes = findSize(answer);
    if (statusCode < 200 || statusCode > 299) {
      answer.destroy();
      return { ok: false, reason: "unreachable" };
    }
    if (sizeBytes !== null && sizeBytes > limits.bodyBytes) {
      answer.destroy();
      return { ok: false, reason: "too_large" };
    }
    const meter = createMeter(limits);
    // The pipeline ends both streams when either ends; the meter's reader gets the error.
    pipeline(addAbortSignal(clientSignal, answer), meter, () => {});
    return { ok: true, sizeBytes, body: meter };
  }
}

/** Rejects with the connector's error, or when the signal is aborted. */
function connectTo(connect: Connector, target: Target, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const cancelled = new NetError("cancelled", "the download was cancelled");
    if (signal.aborted) return reject(cancelled);
    const cancelConnect = connect(target, CONNECT_LIMIT_MS, (error, socket) => {
      signal.removeEventListener("abort", onAbort);
      if (socket === null) reject(error ?? cancelled);
      else resolve(socket);
    });
    function onAbort(): void {
      cancelConnect(cancelled);
      reject(cancelled);
    }
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Resolves with the final headers; the connection ends with the response or with its reader. */
function answerOver(
  socket: Socket,
  {
    target,
    userAgent,
    signal,
  }: { readonly target: Target; readonly userAgent: string; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: "GET",
      path: target.path,
      setHost: false,
      headers: {
        host: new URL(target.origin).host,
        "user-agent": userAgent,
        accept: "*/*",
        // A compressed response could exceed the size limit once a client expands it.
        "accept-encoding": "identity",
        connection: "close",
      },
    });
    let interim = 0;
    const onAbort = (): void => void request.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    request.on("information", () => {
      interim += 1;
      if (interim > INTERIM_LIMIT) request.destroy();
    });
    request.once("response", (answer) => {
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    });
    // After the response began, its stream has the error.
    request.on("error", reject);
    request.once("close", () => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(new NetError("reset", "the origin did not respond"));
    });
    request.end();
  });
}

function findSize({ headers }: IncomingMessage): number | null {
  const length = headers["content-length"];
  if (headers["transfer-encoding"] !== undefined || length === undefined) return null;
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}
