/**
 * Maps every error to one `FailReason` and one sentence that may be shown to an app. The sentences name no
 * address, so the attempt log cannot be used as a port scanner.
 */
import type { FailReason, Failed } from "../core/delivery/outcome.ts";

/** An error raised below `send()` that knows its reason. */
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
  timeout: "the receiver did not respond within the time limit",
  dns_not_found: "the host name does not exist or has no address",
  dns_failure: "the host name could not be resolved",
  refused: "the connection was refused",
  reset: "the receiver closed the connection without a response",
  unreachable: "the host cannot be reached",
  tls: "the TLS handshake failed",
  blocked: "the target is refused by the address policy",
  protocol: "the response is not valid HTTP/1.1",
  headers_too_large: "the response headers are too large",
  internal: "the sending server ran out of resources",
  cancelled: "the attempt was cancelled",
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
  // A local firewall's rule for this target causes these.
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

/**
 * Maps any error to a failure. An unknown error counts as a protocol failure, never as a fault of the server.
 * Such a fault uses up no attempt, so the delivery could be repeated for ever.
 */
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

/** Whether the other side closed an open connection, as opposed to any other error on it. */
export function isBrokenOff(error: Error): boolean {
  const code = findCode(error);
  return code !== undefined && REASON_BY_CODE[code] === "reset";
}

/** Reasons of a failed handshake; a code that is not listed is shown alone. */
const TLS_REASONS: Readonly<Record<string, string>> = {
  // The receiver's alert, and Node's error when the receiver chose an older version.
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION:
    "the receiver supports only TLS versions older than this endpoint's minimum",
  ERR_SSL_UNSUPPORTED_PROTOCOL:
    "the receiver supports only TLS versions older than this endpoint's minimum",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate does not cover this host name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed and not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "the root of the certificate chain is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "the issuer of the certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the issuer of the certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the issuer of the certificate is not trusted; the receiver may not be sending its intermediate certificates",
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: "the receiver has no certificate for this host name",
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: "the receiver has no certificate for this host name",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    "the receiver supports only HTTP/2; webhooks are sent over HTTP/1.1, so enable HTTP/1.1 on the receiver",
  ERR_SSL_EXCESSIVE_MESSAGE_SIZE: "the receiver's certificate chain is too large",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    "the receiver requires a client certificate; add one to the endpoint",
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE":
    "the receiver rejected the handshake; it may require a client certificate or another cipher",
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE": "the receiver rejected the client certificate",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED": "the client certificate has expired",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    "the receiver does not trust the issuer of the client certificate",
};

/** Converts an error during the TLS handshake, unless it is an error of the socket. */
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
 * Returns the most useful of several errors: a name whose addresses all failed has one for each. A fault of
 * the target is preferred. On a server without IPv6 every AAAA record fails with EADDRNOTAVAIL.
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
