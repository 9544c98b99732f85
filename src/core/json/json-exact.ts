/**
 * Reads JSON text with integers that a double would change. The text was parsed before, so it is valid and
 * nests no deeper than the limit: only the numbers are checked here. It takes one pass; a reviver of
 * `JSON.parse`, which sees the source of every number, took 40 times as long.
 */
import { exactNumber } from "./json-number.ts";
import type { JsonValue } from "./json-value.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** Refuses with `invalid_json` numbers that cannot be represented exactly. */
export function readExactly(text: string): JsonValue {
  let at = 0;

  /** JSON has four kinds of blanks, and no other character outside strings has a code as low. */
  function skipBlanks(): number {
    while (text.charCodeAt(at) <= SPACE) at += 1;
    return text.charCodeAt(at);
  }
  function readText(): string {
    const from = at;
    let quote = text.indexOf('"', from + 1);
    while (isEscaped(quote)) quote = text.indexOf('"', quote + 1);
    at = quote + 1;
    const plain = text.slice(from + 1, quote);
    return plain.includes("\\") ? (JSON.parse(text.slice(from, at)) as string) : plain;
  }
  /** A quote after an odd number of backslashes is part of the string. */
  function isEscaped(quote: number): boolean {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    return (quote - before) % 2 === 0;
  }
  function readWord<T>(word: string, value: T): T {
    at += word.length;
    return value;
  }
  function readNumber(): number | bigint {
    const from = at;
    for (;;) {
      const code = text.charCodeAt(at);
      // Past the end the code is NaN, for which every comparison is false.
      if (!(code > SPACE) || code === COMMA || code === CLOSE_ARRAY || code === CLOSE_OBJECT) break;
      at += 1;
    }
    return exactNumber(text.slice(from, at));
  }
  function readList(): JsonValue[] {
    const list: JsonValue[] = [];
    at += 1;
    while (skipBlanks() !== CLOSE_ARRAY) {
      list.push(readValue());
      if (skipBlanks() === COMMA) at += 1;
    }
    at += 1;
    return list;
  }
  function readObject(): { readonly [name: string]: JsonValue } {
    const object: Record<string, JsonValue> = {};
    at += 1;
    while (skipBlanks() !== CLOSE_OBJECT) {
      const name = readText();
      skipBlanks();
      at += 1;
      const value = readValue();
      // An assignment to this name would change the prototype.
      if (name !== "__proto__") object[name] = value;
      else {
        const own = { value, enumerable: true, configurable: true, writable: true };
        Object.defineProperty(object, name, own);
      }
      if (skipBlanks() === COMMA) at += 1;
    }
    at += 1;
    return object;
  }
  function readValue(): JsonValue {
    switch (skipBlanks()) {
      case QUOTE:
        return readText();
      case OPEN_OBJECT:
        return readObject();
      case OPEN_ARRAY:
        return readList();
      case LOWER_T:
        return readWord("true", true);
      case LOWER_F:
        return readWord("false", false);
      case LOWER_N:
        return readWord("null", null);
      default:
        return readNumber();
    }
  }
  return readValue();
}
