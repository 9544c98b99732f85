/**
 * JSON with exact numbers (I8) in both directions. A 64-bit id is an integer that a double cannot represent,
 * so `JSON.parse` alone would change it silently. Here such an integer becomes a bigint, and a bigint is
 * printed as its digits. Publishers' payloads are kept as raw text, cut out by the scanners in
 * `json-slice.ts`, never parsed and printed again.
 */
import { AppError } from "../error.ts";
import { readExactly } from "./json-exact.ts";
import { JSON_DEPTH_LIMIT } from "./json-number.ts";
import type { JsonValue } from "./json-value.ts";

// TypeScript's library does not declare it yet; Node has had it since 22.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): JsonValue };

/**
 * Parses as `JSON.parse` does (the last of equal names wins, `__proto__` is an ordinary name), with two
 * exceptions. Integers beyond ±(2^53 - 1) become bigint. Integers outside -2^63 … 2^64 - 1, numbers beyond
 * the range of a double, and nesting beyond `JSON_DEPTH_LIMIT` are refused. Numbers with a fraction or an
 * exponent are doubles. Refuses with `invalid_json`. The message never quotes the text, which may be a
 * person's message.
 */
export function parseJson(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue;
    if (!holdsLargeNumber(value, JSON_DEPTH_LIMIT)) return value;
    return readExactly(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The error has no cause: V8's message quotes the text around the fault.
    throw new AppError("invalid_json", `The body is not JSON: ${withoutQuote(error.message)}.`);
  }
}

/**
 * Prints as `JSON.stringify` does, with every bigint as its digits and half a surrogate pair as U+FFFD.
 * Objects without them take no longer. An `indent` breaks the text into lines.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return wellFormedJson(JSON.stringify(withRawIntegers(value), null, indent));
}

const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;

/**
 * Replaces half a surrogate pair in JSON text with U+FFFD: strict parsers refuse the whole text for one.
 * `JSON.stringify` escapes such halves, and no other surrogates.
 */
function wellFormedJson(text: string): string {
  if (!text.includes("\\ud")) return text;
  return text.replace(ESCAPE, (escape) => (escape.startsWith("\\ud") ? "\uFFFD" : escape));
}

/**
 * Returns whether a number is beyond ±(2^53 - 1), so that its digits in the text must be read again. The same
 * walk refuses a value that nests deeper than `levels`.
 */
function holdsLargeNumber(value: JsonValue, levels: number): boolean {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) {
    throw new AppError("invalid_json", `The body nests deeper than ${JSON_DEPTH_LIMIT} levels.`);
  }
  let isFound = false;
  if (Array.isArray(value)) {
    for (const item of value) isFound = holdsLargeNumber(item, levels - 1) || isFound;
  } else {
    const object = value as { readonly [name: string]: JsonValue };
    for (const name in object) {
      isFound = holdsLargeNumber(object[name] as JsonValue, levels - 1) || isFound;
    }
  }
  return isFound;
}

/** Returns the value itself when it contains no bigint; otherwise a copy of the path to each bigint. */
function withRawIntegers(value: unknown): unknown {
  if (typeof value === "bigint") return rawJSON(value.toString());
  if (typeof value !== "object" || value === null) return value;
  let copy: Record<string, unknown> | undefined;
  const object = value as Record<string, unknown>;
  for (const name in object) {
    const member = object[name];
    const raw = withRawIntegers(member);
    if (raw === member) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[name] = raw;
  }
  return copy ?? value;
}

/** V8 ends some messages with `, "…text…" is not valid JSON`. */
function withoutQuote(message: string): string {
  return message.replace(/,? \(?(\.\.\.)?".*is not valid JSON$/s, " in it").replace(/ in JSON/, "");
}
