/**
 * JSON with exact numbers (I8) in both directions. A 64-bit id is an integer that a double cannot
 * hold, so `JSON.parse` alone would change it in silence: here such an integer becomes a bigint, and
 * a bigint is printed as its digits. Publishers' payloads are kept as raw text, cut out by the
 * scanners in `json-slice.ts`, never parsed and printed again.
 */
import { AppError } from "./error.ts";
import { readExactly } from "./json-exact.ts";
import { JSON_DEPTH_LIMIT } from "./json-number.ts";
import type { JsonValue } from "./json-value.ts";

// The types of TypeScript's library do not know it yet; Node has had it since 22.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): JsonValue };

/**
 * As `JSON.parse` (the last of equal names wins, `__proto__` is a name like any other), except:
 * integers beyond ±(2^53 - 1) become bigint; integers outside -2^63 … 2^64 - 1 and numbers beyond
 * the range of a double are refused, since they could only be stored as something else; so is
 * nesting beyond `JSON_DEPTH_LIMIT`. Numbers with a fraction or an exponent are doubles.
 * Refuses with `invalid_json`. The message never quotes the text, which may be somebody's message.
 */
export function parseJson(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue;
    if (!holdsLargeNumber(value, JSON_DEPTH_LIMIT)) return value;
    return readExactly(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // No cause: the engine's own message quotes the text around the fault.
    throw new AppError("invalid_json", `The body is not JSON: ${withoutQuote(error.message)}.`);
  }
}

/**
 * As `JSON.stringify`, with every bigint as its digits and half a surrogate pair as U+FFFD. Objects
 * without them take no longer. An `indent` breaks it into lines.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return wellFormedJson(JSON.stringify(withRawIntegers(value), null, indent));
}

const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;

/**
 * The JSON text with half a surrogate pair as U+FFFD: strict parsers refuse the whole text for one.
 * `JSON.stringify` escapes such halves, and of all surrogates only them.
 */
function wellFormedJson(text: string): string {
  if (!text.includes("\\ud")) return text;
  return text.replace(ESCAPE, (escape) => (escape.startsWith("\\ud") ? "\uFFFD" : escape));
}

/**
 * Whether a number is beyond ±(2^53 - 1): then its digits in the text must be looked at again. The
 * same walk refuses what nests deeper than `levels`.
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

/** The value itself when it holds no bigint; else a copy of only what leads to one. */
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
