/**
 * How an attempt went on the wire: the headers of the answer, the times of its phases and the address of the
 * receiver. It is kept beside failed attempts, or all, or none, as a setting says. Nothing is decided by it.
 */
import { isObject, type JsonValue } from "../json/json-value.ts";
import { parseJson } from "../json/json.ts";

export const ATTEMPT_DETAILS = ["failures", "all", "none"] as const;
/** Which attempts keep their detail. */
export type KeptDetail = (typeof ATTEMPT_DETAILS)[number];

/** Milliseconds of the phases in their order; null where the attempt had no such phase or did not finish it. */
export type AttemptTiming = {
  /** Resolving the name. */
  readonly dnsMs: number | null;
  /** Opening the TCP connection; with an egress proxy also the tunnel. */
  readonly connectMs: number | null;
  /** The TLS handshake. */
  readonly tlsMs: number | null;
  /** From the end of these phases to the first byte of the answer. */
  readonly firstByteMs: number | null;
};

export type ShownHeader = readonly [name: string, value: string];

export type Wire = {
  /** Headers of the answer as received, without credentials; empty without an answer. */
  readonly headers: readonly ShownHeader[];
  /** Whether headers were left out, or values cut, because they were too long. */
  readonly isCut: boolean;
  readonly timing: AttemptTiming;
  /** The address of the receiver; null without a connection, and behind an egress proxy. */
  readonly peer: string | null;
};

export type AttemptDetail = Wire & {
  readonly isProbe: boolean;
  /** 1 for the first attempt of the delivery. */
  readonly attempt: number;
};

const NO_TIMING: AttemptTiming = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
/** The wire of an attempt that opened no connection. */
export const NO_WIRE: Wire = { headers: [], isCut: false, timing: NO_TIMING, peer: null };

export function keepsDetail(kept: KeptDetail, isAccepted: boolean): boolean {
  return kept === "all" || (kept === "failures" && !isAccepted);
}

export function writeDetail(detail: AttemptDetail): string {
  const { headers, isCut, timing, peer, isProbe, attempt } = detail;
  const { dnsMs, connectMs, tlsMs, firstByteMs } = timing;
  return JSON.stringify({
    attempt,
    ...(isProbe ? { probe: true } : undefined),
    ...(peer === null ? undefined : { peer }),
    timing: [dnsMs, connectMs, tlsMs, firstByteMs],
    ...(headers.length === 0 ? undefined : { headers }),
    ...(isCut ? { cut: true } : undefined),
  });
}

/** Null for null and for a damaged row. Fields of another form are read as absent. */
export function readDetail(text: string | null): AttemptDetail | null {
  const row = text === null ? null : parseRow(text);
  if (row === null || !isObject(row)) return null;
  const { attempt, probe, peer = null, timing, headers, cut } = row;
  const times = Array.isArray(timing) ? timing : [];
  const [dnsMs = null, connectMs = null, tlsMs = null, firstByteMs = null] = times.map(toMs);
  return {
    attempt: typeof attempt === "number" ? attempt : 1,
    isProbe: probe === true,
    peer: typeof peer === "string" ? peer : null,
    timing: { dnsMs, connectMs, tlsMs, firstByteMs },
    headers: Array.isArray(headers) ? headers.flatMap(toHeader) : [],
    isCut: cut === true,
  };
}

/** A damaged row hides a detail, and not the list that it is in. */
function parseRow(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function toMs(value: JsonValue): number | null {
  return typeof value === "number" ? value : null;
}

function toHeader(item: JsonValue): readonly ShownHeader[] {
  const [name, value] = Array.isArray(item) ? item : [];
  return typeof name === "string" && typeof value === "string" ? [[name, value]] : [];
}
