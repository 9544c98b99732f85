/**
 * The outcome of one attempt, as a value. The retry rules, the breaker and the attempt log learn nothing else
 * about the network. Only `net/` creates it. The vocabulary is deliberately small; code that decides by it
 * must cover every word.
 */

import type { Wire } from "./attempt-detail.ts";

/**
 * - `timeout`: the overall deadline, or connecting took too long.
 * - `dns_not_found`: the name does not exist or has no address; `dns_failure`: no DNS server answered.
 * - `refused`, `reset`, `unreachable`: the connection was refused, broke off, or had no route. After `reset`
 *   the receiver may have acted.
 * - `tls`: the certificate or the handshake was not valid.
 * - `blocked`: the address policy refuses the target; nothing was sent.
 * - `protocol`, `headers_too_large`: the response was not HTTP/1.1, or its headers had no end.
 * - `internal`: a fault of the server (no sockets, no memory); `cancelled`: the server cancelled the attempt.
 */
export type FailReason =
  | "timeout"
  | "dns_not_found"
  | "dns_failure"
  | "refused"
  | "reset"
  | "unreachable"
  | "tls"
  | "blocked"
  | "protocol"
  | "headers_too_large"
  | "internal"
  | "cancelled";

/** The response headers that are used or shown, as received. */
export type ResponseHeaders = {
  readonly retryAfter?: string;
  readonly location?: string;
  readonly contentType?: string;
};

/** The receiver answered with final headers. Success is decided by `status` alone. */
export type Responded = {
  readonly kind: "response";
  /** 200–999; interim 1xx responses are never shown. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** A strict parser would have refused the head: its status is believed only as success or failure. */
  readonly hasBrokenHead?: boolean;
  /** At most the first 16 KiB, read as UTF-8, without NUL characters. */
  readonly body: string;
  /** The body was longer, broke off, or took too long. */
  readonly bodyTruncated: boolean;
  /** A kept-alive connection broke during the request, which was sent once more within the attempt. */
  readonly isResent?: boolean;
  readonly durationMs: number;
  /** Only where it is kept; no rule reads it. */
  readonly wire?: Wire;
};

/** The attempt ended without final headers. */
export type Failed = {
  readonly kind: "failed";
  readonly reason: FailReason;
  /** One sentence that may be shown to the application; it never names an address. */
  readonly detail: string;
  /** Details for the operator's log only: addresses, and the setting that would change the outcome. */
  readonly operatorHint?: string;
  /** The same as in a response. */
  readonly isResent?: boolean;
  readonly durationMs: number;
  readonly wire?: Wire;
};

export type Outcome = Responded | Failed;

/** Returns true when the attempt says nothing about the receiver; such an attempt uses up no slot (I7). */
export function isServerFault(outcome: Outcome): boolean {
  return (
    outcome.kind === "failed" && (outcome.reason === "internal" || outcome.reason === "cancelled")
  );
}

/** Returns true when the receiver accepted the delivery: any 2xx. */
export function isAccepted(outcome: Outcome): boolean {
  return outcome.kind === "response" && outcome.status >= 200 && outcome.status <= 299;
}

/**
 * Returns the status when more than success or failure may be concluded from it. Null without a response, and
 * for a response with a broken head, which is an ordinary failure.
 */
export function believedStatus(outcome: Outcome): number | null {
  return outcome.kind === "response" && outcome.hasBrokenHead !== true ? outcome.status : null;
}
