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
  ENOTFOUND: "dns_not_found",
  ENODATA: "dns_not_found",
  EAI_AGAIN: "dns_failure",
  EAI_FAIL: "dns_failure",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ENOTCONN: "reset",
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
  EMFILE: "internal",
  ENFILE: "internal",
  ENOMEM: "internal",
  ENOBUFS: "internal",
  EADDRNOTAVAIL: "internal",
  EADDRINUSE: "internal",
};

/** Folds any error into a failure. Whatever is not known is counted as a protocol failure, never
 * as our own fault: an attempt that uses up no slot could otherwise be repeated for ever. */
export function toFailure(error: unknown, durationMs: number): Failed {
  if (error instanceof NetError) {
    const { reason, message: detail, operatorHint } = error;
    return operatorHint === undefined
      ? { kind: "failed", reason, detail, durationMs }
      : { kind: "failed", reason, detail, operatorHint, durationMs };
  }
  const cause = rootCause(error);
  const code = findCode(cause);
  const reason = toReason(cause, code);
  const detail = toSentence(reason, code);
  const operatorHint = cause instanceof Error ? cause.message : String(cause);
  return { kind: "failed", reason, detail, operatorHint, durationMs };
}

/** Whether the other side closed a connection that was open, as opposed to any other error on it. */
export function isBrokenOff(error: Error): boolean {
  const code = findCode(error);
  return code !== undefined && REASON_BY_CODE[code] === "reset";
}

/** Why a handshake failed, in words; what is not here keeps its code. */
const TLS_REASONS: Readonly<Record<string, string>> = {
  // The receiver's alert, and what we make of an older version that it chose.
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the receiver speaks no TLS version that is new enough",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the receiver speaks no TLS version that is new enough",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "nobody who is trusted vouches for the certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "nobody who is trusted vouches for the certificate",
  UNABLE_TO_GET_ISSUER_CERT: "nobody who is trusted vouches for the certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "nobody who is trusted vouches for the certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "nobody who is trusted vouches for the certificate, or the chain to who does is not sent",
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: "the receiver has no certificate for this name",
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: "the receiver has no certificate for this name",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    "the receiver speaks HTTP/2 only; webhooks are sent over HTTP/1.1, so enable HTTP/1.1 there",
  ERR_SSL_EXCESSIVE_MESSAGE_SIZE: "the chain of certificates is too long",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the receiver asks for a client certificate",
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE":
    "the receiver refuses, which may be for want of a client certificate or of a cipher",
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE": "the receiver does not take the client certificate",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED": "the client certificate has expired",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the receiver does not trust the client certificate",
};

/** An error during the TLS handshake: anything that the socket itself does not explain. */
export function tlsError(error: Error): Error {
  const code = findCode(error);
  if (error instanceof NetError) return error;
  if (code !== undefined && REASON_BY_CODE[code] !== undefined) return error;
  return new NetError("tls", toSentence("tls", code), error.message);
}

function toSentence(reason: FailReason, code: string | undefined): string {
  if (code === undefined) return SENTENCES[reason];
  const why = reason === "tls" ? TLS_REASONS[code] : undefined;
  return `${SENTENCES[reason]}${why === undefined ? "" : `: ${why}`} (${code})`;
}

function toReason(error: unknown, code: string | undefined): FailReason {
  if (code === undefined) {
    return error instanceof Error && error.name === "AbortError" ? "cancelled" : "protocol";
  }
  const known = REASON_BY_CODE[code];
  if (known !== undefined) return known;
  return code.startsWith("ERR_TLS_") || code.startsWith("ERR_SSL_") ? "tls" : "protocol";
}

/**
 * When every address of a name failed there is one error for each. A fault of the target tells
 * more than one of ours: without IPv6 of our own, every AAAA record fails with EADDRNOTAVAIL.
 */
function rootCause(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors.find((one) => toReason(one, findCode(one)) !== "internal") ?? errors[0] ?? error;
}

function findCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
