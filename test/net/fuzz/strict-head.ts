/**
 * Reads the head of an answer by the grammar of RFC 9112. It was written for the fuzzer, from the rules of
 * decisions/009-exchange.md and without the program's parser. It sees all bytes at once and makes no effort to
 * be fast.
 */
import type { FailReason } from "../../../src/core/delivery/outcome.ts";

export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

export type StrictHead =
  | { readonly kind: "failed"; readonly reason: FailReason }
  /** `status`: of a complete status line without the end of the head; null without one. */
  | { readonly kind: "incomplete"; readonly status: number | null }
  | {
      readonly kind: "final";
      readonly status: number;
      /** Null when the grammar or the framing is faulty. */
      readonly strict: {
        readonly framing: Framing;
        readonly keeps: Keeps;
        readonly fields: ReadonlyMap<string, readonly string[]>;
      } | null;
      readonly rest: string;
    };

/** Whether the connection may carry another request; `maybe` where this parser takes no side. */
export type Keeps = "yes" | "no" | "maybe";

const HEAD_BYTES = 64 * 1024;
const INTERIM_BYTES = 64 * 1024;
const INTERIMS = 16;
const HTTP_2_BYTES = 9;
/** `HTTP/1.1 200` and one byte more. */
const DECISIVE_BYTES = 13;
const DECISIVE = /^HTTP\/1\.[0-9] ([1-9][0-9][0-9])[^0-9]/;
const HEAD_END = /\n\r?\n/;
const VALUE = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const FIELD = `[!#$%&'*+\\-.^_\`|~0-9A-Za-z]+:${VALUE}`;
const STRICT_HEAD = new RegExp(
  `^HTTP/1\\.[0-9] [0-9]{3}(?: ${VALUE})?\\r\\n(?:${FIELD}\\r\\n)*\\r\\n$`,
);
export const STRICT_FIELD = new RegExp(`^${FIELD}$`);
const KEEP_ALIVE = /^timeout=(\d{1,6})(?:,\s?max=\d+)?$/i;
const SHORTEST_KEPT_SECONDS = 3;

export function readStrictHead(text: string): StrictHead {
  let left = text;
  let interims = 0;
  let skippedBytes = 0;
  let isCareless = false;
  for (;;) {
    const lineEnds = /^[\r\n]*/.exec(left)?.[0].length ?? 0;
    left = left.slice(lineEnds);
    skippedBytes += lineEnds;
    if (lineEnds > 0) isCareless = true;
    if (skippedBytes > INTERIM_BYTES) return { kind: "failed", reason: "protocol" };
    if (left.startsWith("\0") && left.length < HTTP_2_BYTES)
      return { kind: "incomplete", status: null };
    const start = "HTTP/1.".slice(0, left.length);
    if (!left.startsWith(start)) return { kind: "failed", reason: "protocol" };
    if (left.length < DECISIVE_BYTES && !HEAD_END.test(left)) {
      return { kind: "incomplete", status: null };
    }
    const digits = DECISIVE.exec(left)?.[1];
    if (digits === undefined) return { kind: "failed", reason: "protocol" };
    const status = Number(digits);
    const end = HEAD_END.exec(left);
    const bytes = end === null ? left.length : end.index + end[0].length;
    if (bytes > HEAD_BYTES) return { kind: "failed", reason: "headers_too_large" };
    if (end === null) {
      const isAnswer = status >= 200 && left.includes("\n");
      return { kind: "incomplete", status: isAnswer ? status : null };
    }
    const head = left.slice(0, bytes);
    left = left.slice(bytes);
    if (status >= 200) {
      const strict = isCareless ? null : readFields(head, status);
      return { kind: "final", status, strict, rest: left };
    }
    if (status === 101) return { kind: "failed", reason: "protocol" };
    interims += 1;
    skippedBytes += bytes;
    if (readFields(head, status) === null) isCareless = true;
    if (interims > INTERIMS) return { kind: "failed", reason: "protocol" };
  }
}

function readFields(head: string, status: number): (StrictHead & { kind: "final" })["strict"] {
  if (!STRICT_HEAD.test(head)) return null;
  const fields = new Map<string, string[]>();
  for (const line of head.split("\r\n").slice(1, -2)) {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    const value = trim(line.slice(line.indexOf(":") + 1));
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  const isOld = head.startsWith("HTTP/1.0");
  const framing = readFraming(fields, { status, isOld });
  if (framing === null) return null;
  const keeps = isOld || framing.kind === "close" ? "no" : readKeeps(fields);
  return { framing, keeps, fields };
}

/** Null for framing that a strict recipient refuses. */
function readFraming(
  fields: ReadonlyMap<string, readonly string[]>,
  { status, isOld }: { readonly status: number; readonly isOld: boolean },
): Framing | null {
  const lengths = fields.get("content-length");
  const codings = fields.get("transfer-encoding");
  if (lengths !== undefined && codings !== undefined) return null;
  if (lengths !== undefined && (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0] ?? ""))) {
    return null;
  }
  const list = toList(codings ?? []);
  if (codings !== undefined) {
    if (
      isOld ||
      list.length === 0 ||
      !list.every((coding) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(coding))
    ) {
      return null;
    }
    if (list.filter((coding) => coding === "chunked").length > 1) return null;
  }
  const bytes = Number(lengths?.[0] ?? 0);
  if (status < 200 || status === 204 || status === 304) {
    // Only a 304 may have the length of a body that is not sent.
    if (codings !== undefined || (status !== 304 && bytes > 0)) return null;
    return { kind: "length", bytes: 0 };
  }
  if (codings !== undefined) return { kind: list.at(-1) === "chunked" ? "chunked" : "close" };
  return lengths === undefined ? { kind: "close" } : { kind: "length", bytes };
}

function readKeeps(fields: ReadonlyMap<string, readonly string[]>): Keeps {
  const connection = toList(fields.get("connection") ?? []);
  if (connection.includes("close")) return "no";
  const hint = fields.get("keep-alive")?.[0];
  const seconds = KEEP_ALIVE.exec(hint ?? "")?.[1];
  if (seconds !== undefined && Number(seconds) < SHORTEST_KEPT_SECONDS) return "no";
  const isOdd = connection.some((option) => option.includes("close"));
  return isOdd || (hint !== undefined && Number(seconds) !== 30) ? "maybe" : "yes";
}

/** In lower case; empty elements are ignored (RFC 9110, 5.6.1). */
function toList(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((element) => trim(element).toLowerCase())
    .filter((element) => element !== "");
}

/** Removes spaces and tabs only: `String.trim` also removes a no-break space, which is a part of the value. */
function trim(text: string): string {
  return text.replace(/^[\t ]+|[\t ]+$/g, "");
}
