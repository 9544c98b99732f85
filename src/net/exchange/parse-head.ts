/** Parses the text of a response head: the status, the framing of the body, and a few headers. */
import type { ResponseHeaders } from "../../core/delivery/outcome.ts";

/** Length of the body; `close` means until the receiver closes. */
export type BodyFraming =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

export type ResponseHead = {
  /** 100–999. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** All of it as latin1, status line first. */
  readonly text: string;
  readonly framing: BodyFraming;
  /** Whether the head contradicts itself or a strict parser would refuse it. */
  readonly isBroken: boolean;
  /** Whether the receiver accepts another request on this connection. */
  readonly staysOpen: boolean;
  /** How long the receiver says it keeps the connection open; null when it does not say. */
  readonly keepAliveMs: number | null;
};

const HEADER_VALUE_LIMIT = 1024;
const STATUS_LINE = /^HTTP\/1\.(\d) (\d{3})(?!\d)/;
const CLEAN_STATUS_LINE = /^HTTP\/1\.\d \d{3}(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const CLEAN_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
const NOTHING: readonly string[] = [];
const LENGTH = /^\d{1,15}$/;
const CODING = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The headers whose values are used; of the others only the form is checked. */
const READ = new Set([
  "connection",
  "content-length",
  "content-type",
  "keep-alive",
  "location",
  "retry-after",
  "transfer-encoding",
]);

/**
 * Parses a head. `text` is the bytes as latin1, status line first. Returns undefined when that line is not a
 * status line.
 */
export function parseHead(text: string, isBrokenBefore: boolean): ResponseHead | undefined {
  const [, minor, digits] = STATUS_LINE.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const status = Number(digits);
  const read = readLines(text);
  const values = (name: string) => read.values.get(name) ?? NOTHING;
  const framed = readFraming(status, values("content-length"), values("transfer-encoding"));
  const hasOldCoding = minor === "0" && values("transfer-encoding").length > 0;
  const isBroken = isBrokenBefore || read.isBroken || framed.isBroken || hasOldCoding;
  const first = (name: string) => values(name)[0]?.slice(0, HEADER_VALUE_LIMIT);
  const hint = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(values("keep-alive")[0] ?? "")?.[1];
  return {
    status,
    headers: pickHeaders({
      // Only the status of a malformed head is used; the type only labels the body.
      retryAfter: isBroken ? undefined : first("retry-after"),
      location: isBroken ? undefined : first("location"),
      contentType: first("content-type"),
    }),
    text,
    framing: framed.framing,
    isBroken,
    staysOpen:
      !isBroken &&
      minor !== "0" &&
      framed.framing.kind !== "close" &&
      !values("connection").some((value) => /(?:^|,)\s*close\s*(?:,|$)/i.test(value)),
    keepAliveMs: hint === undefined ? null : Number(hint) * 1000,
  };
}

function readLines(text: string): {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly isBroken: boolean;
} {
  const values = new Map<string, string[]>();
  let isBroken = !text.endsWith("\n\r\n");
  let last: string[] | undefined;
  for (let start = 0, isFirst = true; start < text.length; isFirst = false) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const hasReturn = text.charCodeAt(end - 1) === 0x0d;
    const line = text.slice(start, hasReturn ? end - 1 : end);
    if (!hasReturn) isBroken = true;
    start = end + 1;
    if (isFirst) {
      if (!CLEAN_STATUS_LINE.test(line)) isBroken = true;
      continue;
    }
    if (line === "") break;
    if (!CLEAN_LINE.test(line)) isBroken = true;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (last !== undefined) last.push(`${last.pop() ?? ""} ${trim(line)}`);
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    last = undefined;
    if (!READ.has(name)) continue;
    last = values.get(name) ?? [];
    last.push(trim(line.slice(colon + 1)));
    values.set(name, last);
  }
  return { values, isBroken };
}

function readFraming(
  status: number,
  lengthValues: readonly string[],
  codingValues: readonly string[],
): { readonly framing: BodyFraming; readonly isBroken: boolean } {
  const lengths = toList(lengthValues);
  // Empty elements of a list are ignored (RFC 9110, 5.6.1). An empty length is not a number.
  const codings = toList(codingValues).filter((coding) => coding !== "");
  const hasCoding = codingValues.length > 0;
  const areNumbers = lengths.every((length) => LENGTH.test(length));
  const isBroken =
    lengths.length > 1 ||
    !areNumbers ||
    (lengths.length > 0 && hasCoding) ||
    (hasCoding && !isCodingList(codings));
  if (status < 200 || status === 204 || status === 304) {
    const framing = { kind: "length", bytes: 0 } as const;
    // A receiver that announces a body may send it later, where it would be read as the next answer. The length
    // in a 304 is the one of a body that is not sent (RFC 9110, 8.6).
    const announces =
      hasCoding || (status !== 304 && lengths.some((length) => Number(length) !== 0));
    return { framing, isBroken: isBroken || announces };
  }
  // Transfer-Encoding overrides a length (RFC 9112, 6.3); of several lengths the least ends soonest.
  if (hasCoding) {
    const isChunked = codings.at(-1)?.toLowerCase() === "chunked";
    return { framing: { kind: isChunked ? "chunked" : "close" }, isBroken };
  }
  if (lengths.length === 0 || !areNumbers) return { framing: { kind: "close" }, isBroken };
  return { framing: { kind: "length", bytes: Math.min(...lengths.map(Number)) }, isBroken };
}

/** Whether the codings have valid names, and none is repeated as `chunked` before the last. */
function isCodingList(codings: readonly string[]): boolean {
  if (codings.length === 0 || !codings.every((coding) => CODING.test(coding))) return false;
  const chunked = codings.filter((coding) => coding.toLowerCase() === "chunked").length;
  return chunked < 2;
}

function toList(values: readonly string[]): readonly string[] {
  if (values.length === 0 || (values.length === 1 && values[0]?.includes(",") === false)) {
    return values;
  }
  return values.flatMap((value) => value.split(",")).map(trim);
}

/** Removes spaces and tabs. `String.trim` also removes a no-break space, which makes a value invalid. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function pickHeaders(headers: {
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly contentType: string | undefined;
}): ResponseHeaders {
  const { retryAfter, location, contentType } = headers;
  return {
    ...(retryAfter === undefined ? undefined : { retryAfter }),
    ...(location === undefined ? undefined : { location }),
    ...(contentType === undefined ? undefined : { contentType }),
  };
}
