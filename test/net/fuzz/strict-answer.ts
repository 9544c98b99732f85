/** Concludes from all bytes of an answer, and its ending, which outcomes of an attempt are right. */
import type { FailReason } from "../../../src/core/delivery/outcome.ts";
import type { Ending } from "./fuzz-case.ts";
import { readStrictHead, STRICT_FIELD } from "./strict-head.ts";
import type { Framing, Keeps } from "./strict-head.ts";

export type Body = { readonly bytes: Buffer; readonly isWhole: boolean };

export type Conclusion = {
  readonly outcome:
    | { readonly kind: "failed"; readonly reason: FailReason }
    | {
        readonly kind: "response";
        readonly status: number;
        readonly isStrict: boolean;
        readonly retryAfter: string | undefined;
        /** Null where the bytes leave more than one choice. */
        readonly body: Body | null;
      };
  /** The end of the attempt: by the bytes, by the ending, by the time limit, or any of them. */
  readonly endsBy: "bytes" | "ending" | "time" | "any";
  /** Whether the connection may carry another request. */
  readonly keeps: Keeps;
};

const BODY_LIMIT_BYTES = 16_384;
const LINE_LIMIT_BYTES = 4096;
const TRAILER_LIMIT_BYTES = 16_384;
const SIZE_LINE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r$/;
const SIZE_LINE_BEGUN = /^(?:[0-9A-Fa-f]{1,13}[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r?)?$/;
const TRAILER_BEGUN = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?::[\t\x20-\x7e\x80-\xff]*)?)?\r?$/;

export function conclude(bytes: Buffer, ending: Ending): Conclusion {
  const head = readStrictHead(bytes.toString("latin1"));
  if (head.kind === "failed") return failed(head.reason, "bytes");
  if (head.kind === "incomplete") return concludeIncomplete(head.status, ending);
  const { status, strict } = head;
  const answer = { kind: "response", status, isStrict: strict !== null } as const;
  const readable = strict === null ? null : readBody(head.rest, strict.framing);
  const retryAfter = strict?.fields.get("retry-after")?.[0];
  if (readable === null || readable === "malformed") {
    const endsBy = ending === "open" ? "any" : "ending";
    return { outcome: { ...answer, retryAfter, body: null }, endsBy, keeps: "no" };
  }
  const { body, end, hasExtra } = readable;
  const isEndedByClose = end === "open" && strict?.framing.kind === "close" && ending === "closed";
  return {
    outcome: {
      ...answer,
      retryAfter,
      body: { bytes: body, isWhole: end === "whole" || isEndedByClose },
    },
    endsBy: end !== "open" ? "bytes" : ending === "open" ? "time" : "ending",
    keeps: end === "whole" && !hasExtra && ending === "open" ? (strict?.keeps ?? "no") : "no",
  };
}

function concludeIncomplete(status: number | null, ending: Ending): Conclusion {
  if (ending === "open") return failed("timeout", "time");
  if (status === null || ending === "reset") return failed("reset", "ending");
  const body = { bytes: Buffer.alloc(0), isWhole: false };
  const outcome = {
    kind: "response",
    status,
    isStrict: false,
    retryAfter: undefined,
    body,
  } as const;
  return { outcome, endsBy: "ending", keeps: "no" };
}

function failed(reason: FailReason, endsBy: Conclusion["endsBy"]): Conclusion {
  return { outcome: { kind: "failed", reason }, endsBy, keeps: "no" };
}

type ReadBody = {
  readonly body: Buffer;
  readonly end: "whole" | "over limit" | "open";
  readonly hasExtra: boolean;
};

function readBody(rest: string, framing: Framing): ReadBody | "malformed" {
  if (framing.kind === "chunked") return readChunks(rest);
  const wanted = framing.kind === "close" ? Infinity : framing.bytes;
  const body = Buffer.from(rest.slice(0, Math.min(wanted, BODY_LIMIT_BYTES)), "latin1");
  const hasExtra = rest.length > wanted;
  if (Math.min(wanted, rest.length) > BODY_LIMIT_BYTES)
    return { body, end: "over limit", hasExtra };
  return { body, end: rest.length >= wanted ? "whole" : "open", hasExtra };
}

function readChunks(text: string): ReadBody | "malformed" {
  let body = "";
  let at = 0;
  const stop = (end: ReadBody["end"]): ReadBody => ({
    body: Buffer.from(body.slice(0, BODY_LIMIT_BYTES), "latin1"),
    end: body.length > BODY_LIMIT_BYTES ? "over limit" : end,
    hasExtra: at < text.length,
  });
  const malformed = () => (body.length > BODY_LIMIT_BYTES ? stop("over limit") : "malformed");
  for (;;) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    if (line.length > LINE_LIMIT_BYTES) return malformed();
    if (end < 0) return SIZE_LINE_BEGUN.test(line) ? stop("open") : malformed();
    const size = Number.parseInt(SIZE_LINE.exec(line)?.[1] ?? "", 16);
    if (Number.isNaN(size)) return malformed();
    at = end + 1;
    if (size === 0) break;
    body += text.slice(at, at + size);
    at += size;
    if (at >= text.length) return stop("open");
    const dataEnd = text.slice(at, at + 2);
    if (!"\r\n".startsWith(dataEnd)) return malformed();
    if (dataEnd.length < 2) return stop("open");
    at += 2;
  }
  for (let trailerBytes = 0; ;) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    trailerBytes += line.length;
    if (line.length > LINE_LIMIT_BYTES || trailerBytes > TRAILER_LIMIT_BYTES) return malformed();
    if (end < 0) return TRAILER_BEGUN.test(line) ? stop("open") : malformed();
    at = end + 1;
    if (line === "\r") return stop("whole");
    if (!line.endsWith("\r") || !STRICT_FIELD.test(line.slice(0, -1))) return malformed();
  }
}
