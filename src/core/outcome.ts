/**
 * What came of one attempt, as a value: the only thing that the retry rules, the breaker and the
 * attempt log learn about the network. `net/` makes it and nothing else does. The vocabulary is
 * small on purpose; whoever decides by it must cover every word.
 */

/**
 * - `timeout`: the overall deadline, or connecting took too long.
 * - `dns_not_found`: the name does not exist or has no address; `dns_failure`: nobody could say.
 * - `refused`, `reset`, `unreachable`, `tls`: the connection was refused, broken off, had no way
 *   there, or its certificate or handshake was no good. After `reset` the receiver may have acted.
 * - `blocked`: the address policy refuses the target; nothing was sent.
 * - `protocol`, `headers_too_large`: what came back was not HTTP/1.1, or its headers had no end.
 * - `internal`: our own fault (no sockets, no memory); `cancelled`: we called it off.
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

/** The response headers that anything is decided by or shown from, as received. */
export type ResponseHeaders = {
  readonly retryAfter?: string;
  readonly location?: string;
  readonly contentType?: string;
};

/** The receiver answered with final headers. Success is decided by `status` alone. */
export type Responded = {
  readonly kind: "response";
  /** 200–999; interim 1xx answers are never shown. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** A strict parser would have refused the head: of its status only success or failure is believed. */
  readonly hasBrokenHead?: boolean;
  /** At most the first 16 KiB, read as UTF-8, without NUL characters. */
  readonly body: string;
  /** The body was longer, broke off, or was not worth waiting for. */
  readonly bodyTruncated: boolean;
  /** A kept connection broke under the request, which was sent once more within the attempt. */
  readonly isResent?: boolean;
  readonly durationMs: number;
};

/** No final headers came. */
export type Failed = {
  readonly kind: "failed";
  readonly reason: FailReason;
  /** One sentence that may be shown to the app; never names an address. */
  readonly detail: string;
  /** More, for the operator's log only: addresses, and the setting that would change it. */
  readonly operatorHint?: string;
  /** As in a response. */
  readonly isResent?: boolean;
  readonly durationMs: number;
};

export type Outcome = Responded | Failed;

/** True when the attempt says nothing about the receiver; such an attempt uses up no slot (I7). */
export function isOurFault(outcome: Outcome): boolean {
  return (
    outcome.kind === "failed" && (outcome.reason === "internal" || outcome.reason === "cancelled")
  );
}

/** True when the receiver took the delivery: any 2xx. */
export function isAccepted(outcome: Outcome): boolean {
  return outcome.kind === "response" && outcome.status >= 200 && outcome.status <= 299;
}

/**
 * The status, where more than success or failure may be concluded from it. Null when no answer came,
 * and for an answer whose head was broken: then it is a failure like others.
 */
export function believedStatus(outcome: Outcome): number | null {
  return outcome.kind === "response" && outcome.hasBrokenHead !== true ? outcome.status : null;
}
