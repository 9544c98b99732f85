/**
 * Reads the head of an HTTP/1.1 response from the bytes of a socket. It is strict about the decisive part
 * (`HTTP/1.x`, a space, three digits) and lenient about the rest. A receiver that answered 200 took the
 * event, however it wrote its headers. A head that a strict parser would refuse is marked as broken. Then the
 * caller does not reuse the connection and uses only the status. Interim responses are skipped, solicited or
 * not (RFC 9110, 15.2), up to a limit in number and bytes. The scanner is pure: it holds at most one head and
 * one chunk, and every split of the same bytes has the same result.
 */
import type { FailReason } from "../../core/delivery/outcome.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { parseHead } from "./parse-head.ts";
import type { ResponseHead } from "./parse-head.ts";

export type HeadScan =
  | { readonly kind: "more" }
  | {
      readonly kind: "final";
      readonly head: ResponseHead;
      /** Bytes after the head. */
      readonly rest: Buffer;
    }
  | { readonly kind: "failed"; readonly reason: FailReason; readonly detail: string };

export const HEAD_LIMIT_BYTES = 65_536;
export const INTERIM_LIMIT = 16;
/** Limit for all interim responses of one exchange together. */
const INTERIM_LIMIT_BYTES = 65_536;

const LF = 0x0a;
const CR = 0x0d;
const START = Buffer.from("HTTP/1.");
/** `HTTP/1.1 200` and the next character. */
const STATUS_BYTES = 13;
const FRAME_HEAD_BYTES = 9;
const SETTINGS_FRAME = 4;
const GOAWAY_FRAME = 7;

const NO_BYTES = Buffer.alloc(0);
const MORE: HeadScan = { kind: "more" };
const NOT_HTTP = failed("protocol", "the response is not valid HTTP/1.1");
const HTTP_2 = failed(
  "protocol",
  "the receiver supports only HTTP/2; webhooks are sent over HTTP/1.1, so enable HTTP/1.1 on the receiver",
);
const TOO_LARGE = failed(
  "headers_too_large",
  `the response headers are too large: more than ${HEAD_LIMIT_BYTES / 1024} KiB`,
);
const SWITCHED = failed(
  "protocol",
  "the response is not valid HTTP/1.1: the receiver switched protocols (101) without being asked",
);
const TOO_MANY = failed(
  "protocol",
  `the response is not valid HTTP/1.1: more than ${INTERIM_LIMIT} interim responses (1xx) came before the final one`,
);
const TOO_LONG = failed(
  "protocol",
  `the response is not valid HTTP/1.1: more than ${INTERIM_LIMIT_BYTES / 1024} KiB of interim responses (1xx) came before the final one`,
);

export class HeadScanner {
  /** Undefined while no head was cut: most arrive in one piece. */
  #held: GrowingBytes | undefined;
  /** Bytes before this offset were searched for the end of the head. */
  #searched = 0;
  #interims = 0;
  #interimBytes = 0;
  /** Whether empty lines or a malformed interim response came before. */
  #isBroken = false;

  /** Scans a chunk; must not be called after `final` or `failed`. */
  push(chunk: Buffer): HeadScan {
    let bytes = chunk;
    if (this.#held !== undefined && this.#held.length > 0) {
      this.#held.append(chunk);
      bytes = this.#held.view();
    }
    for (;;) {
      bytes = this.#withoutLineEnds(bytes);
      if (this.#interimBytes > INTERIM_LIMIT_BYTES) return TOO_LONG;
      if (bytes[0] === 0 && bytes.length < FRAME_HEAD_BYTES) return this.#hold(bytes);
      const refused = refuseStart(bytes);
      if (refused !== undefined) return refused;
      const end = endOfHead(bytes, this.#searched);
      if (end < 0 || end > HEAD_LIMIT_BYTES) {
        if (bytes.length > HEAD_LIMIT_BYTES) return TOO_LARGE;
        this.#searched = Math.max(0, bytes.length - 2);
        return this.#hold(bytes);
      }
      const head = parseHead(bytes.toString("latin1", 0, end), this.#isBroken);
      if (head === undefined) return NOT_HTTP;
      const rest = end === bytes.length ? NO_BYTES : bytes.subarray(end);
      if (head.status >= 200) return { kind: "final", head, rest };
      if (head.status === 101) return SWITCHED;
      this.#isBroken = head.isBroken;
      this.#interims += 1;
      this.#interimBytes += end;
      if (this.#interims > INTERIM_LIMIT) return TOO_MANY;
      this.#searched = 0;
      bytes = rest;
    }
  }

  /** Returns the head after an orderly close: with a complete status line it counts, even without its end. */
  end(): ResponseHead | undefined {
    const bytes = this.#held?.view() ?? NO_BYTES;
    if (!bytes.includes(LF)) return undefined;
    const head = parseHead(bytes.toString("latin1", 0), true);
    return head !== undefined && head.status >= 200 ? head : undefined;
  }

  #hold(bytes: Buffer): HeadScan {
    this.#held ??= new GrowingBytes();
    if (bytes.length === this.#held.length) return MORE;
    this.#held.clear();
    this.#held.append(bytes);
    return MORE;
  }

  /** Skips empty lines before a status line; they count as interim bytes. */
  #withoutLineEnds(bytes: Buffer): Buffer {
    let start = 0;
    while (bytes[start] === LF || bytes[start] === CR) start += 1;
    if (start === 0) return bytes;
    this.#isBroken = true;
    this.#interimBytes += start;
    return bytes.subarray(start);
  }
}

/** Refuses a start that no HTTP/1.1 response can have; undefined while it may still be one. */
function refuseStart(bytes: Buffer): HeadScan | undefined {
  if (bytes[0] === 0) return isHttp2Frame(bytes) ? HTTP_2 : NOT_HTTP;
  const compared = Math.min(START.length, bytes.length);
  for (let index = 0; index < compared; index += 1) {
    if (bytes[index] !== START[index]) return NOT_HTTP;
  }
  if (bytes.length < STATUS_BYTES) return undefined;
  return /^HTTP\/1\.\d [1-9]\d\d\D$/s.test(bytes.toString("latin1", 0, STATUS_BYTES))
    ? undefined
    : NOT_HTTP;
}

/** Whether this is the first frame of an HTTP/2 server (RFC 9113, 3.4 and 4.1), or its GOAWAY. */
function isHttp2Frame(bytes: Buffer): boolean {
  const type = bytes[3];
  const isOfConnection = bytes.readUInt32BE(5) === 0;
  return isOfConnection && (type === SETTINGS_FRAME || type === GOAWAY_FRAME);
}

/** Returns the offset after the first empty line, for lines that end in CR LF or LF alone; -1 when absent. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let index = bytes.indexOf(LF, from); index >= 0; index = bytes.indexOf(LF, index + 1)) {
    if (bytes[index + 1] === LF) return index + 2;
    if (bytes[index + 1] === CR && bytes[index + 2] === LF) return index + 3;
  }
  return -1;
}

function failed(reason: FailReason, detail: string): HeadScan {
  return { kind: "failed", reason, detail };
}
