/**
 * The fold: whatever went wrong below becomes one word of `FailReason` and one sentence that may
 * be shown to an app. The sentences name no address, so that the attempt log is no port scanner.
 */
import type { FailReason, Failed } from "../core/outcome.ts";

/** An error of our own making below `send()`, which knows its reason. */
export class NetError extends Error {
  readonly reason: FailReason;
  /** For the operator's log only. */
  readonly operatorHint: string | undefined;

  constructor(reason: FailReason, message: string, operatorHint?: string) {
    super(message);
    this.name = "NetError";
    this.reason = reason;
    this.operatorHint = operatorHint;
  }
}

const SENTENCES = {
  timeout: "no answer within the time limit",
  dns_not_found: "the host name does not exist or has no address",
  dns_failure: "the host name could not be resolved",
  refused: "the connection was refused",
  reset: "the connection was closed before an answer came",
  unreachable: "the host cannot be reached",
  tls: "the TLS handshake failed",
  blocked: "the target is refused by the address policy",
  protocol: "the answer is not valid HTTP/1.1",
  headers_too_large: "the answer's headers are too large",
  internal: "the sender ran out of resources",
  cancelled: "the attempt was called off",
} as const satisfies Record<FailReason, string>;

const REASON_BY_CODE: Readonly<Record<string, FailReason>> = {
  ETIMEDOUT: "timeout",
  ERR_SOCKET_CONNECTION_TIMEOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ENOTFOUND: "dns_not_found",
  ENODATA: "dns_not_found",
  EAI_AGAIN: "dns_failure",
  EAI_FAIL: "dns_failure",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ENOTCONN: "reset",
  UND_ERR_SOCKET: "reset",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  ENETRESET: "unreachable",
  EAFNOSUPPORT: "unreachable",
  // A local firewall's rule for this target answers so.
  EACCES: "unreachable",
  EPERM: "unreachable",
  EPROTO: "tls",
  UND_ERR_HEADERS_OVERFLOW: "headers_too_large",
  HPE_HEADER_OVERFLOW: "headers_too_large",
  EMFILE: "internal",
  ENFILE: "internal",
  ENOMEM: "internal",
  ENOBUFS: "internal",
  EADDRNOTAVAIL: "internal",
  EADDRINUSE: "internal",
  UND_ERR_ABORTED: "cancelled",
  UND_ERR_CLOSED: "cancelled",
  UND_ERR_DESTROYED: "cancelled",
};

/** What undici says, in an error coded as a broken socket, of an answer that makes no sense. */
const BAD_ANSWERS = new Set(["bad response", "bad upgrade"]);

/** Folds any error into a failure. Whatever is not known is counted as a protocol failure, never
 * as our own fault: an attempt that uses up no slot could otherwise be repeated for ever. */
export function foldError(error: unknown, durationMs: number): Failed {
  if (error instanceof NetError) {
    const { reason, message: detail, operatorHint } = error;
    return operatorHint === undefined
      ? { kind: "failed", reason, detail, durationMs }
      : { kind: "failed", reason, detail, operatorHint, durationMs };
  }
  const cause = mostTelling(error);
  const code = codeOf(cause);
  const reason = reasonOf(cause, code);
  const detail = code === undefined ? SENTENCES[reason] : `${SENTENCES[reason]} (${code})`;
  const operatorHint = cause instanceof Error ? cause.message : String(cause);
  return { kind: "failed", reason, detail, operatorHint, durationMs };
}

/** An error during the TLS handshake: anything that the socket itself does not explain. */
export function tlsError(error: Error): Error {
  const code = codeOf(error);
  if (error instanceof NetError) return error;
  if (code !== undefined && REASON_BY_CODE[code] !== undefined) return error;
  return new NetError(
    "tls",
    code === undefined ? SENTENCES.tls : `${SENTENCES.tls} (${code})`,
    error.message,
  );
}

function reasonOf(error: unknown, code: string | undefined): FailReason {
  if (code === undefined) {
    return error instanceof Error && error.name === "AbortError" ? "cancelled" : "protocol";
  }
  if (code === "UND_ERR_SOCKET" && error instanceof Error && BAD_ANSWERS.has(error.message)) {
    return "protocol";
  }
  const known = REASON_BY_CODE[code];
  if (known !== undefined) return known;
  return code.startsWith("ERR_TLS_") || code.startsWith("ERR_SSL_") ? "tls" : "protocol";
}

/**
 * When every address of a name failed there is one error for each. A fault of the target tells
 * more than one of ours: without IPv6 of our own, every AAAA record fails with EADDRNOTAVAIL.
 */
function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors.find((one) => reasonOf(one, codeOf(one)) !== "internal") ?? errors[0] ?? error;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
