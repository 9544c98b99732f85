/**
 * Scans one JSON value in bytes without building it: whether it is JSON, the positions of the members of its
 * outermost object, and the number of its values. The scan stops after a given number of bytes and continues
 * later, so a large body can be read in many short pieces. It refuses the same texts as `parseJson`. The
 * bytes must be UTF-8, which the caller has checked.
 */
import { AppError } from "../error.ts";
import { checkNumber, JSON_DEPTH_LIMIT } from "./json-number.ts";

/** A member of the outermost object. Positions are offsets in the bytes; `nameFrom` is at the quote. */
export type JsonMember = {
  readonly nameFrom: number;
  readonly nameTo: number;
  readonly from: number;
  readonly to: number;
  /** Number of values inside it, including itself. */
  readonly values: number;
};

/** No object of an API has nearly as many fields. */
export const MEMBER_LIMIT = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The token that may come next. */
const VALUE = 0;
const FIRST_ELEMENT = 1;
const FIRST_NAME = 2;
const NAME = 3;
const NAME_COLON = 4;
const AFTER_VALUE = 5;
const IN_TEXT = 6;
const IN_NAME = 7;
const COMPLETE = 8;

const SPACES = toTable(" \t\n\r");
const HEX = toTable("0123456789abcdefABCDEF");
const ESCAPED = toTable('"\\/bfnrt');
/** Bytes of a string without a special meaning: all except the quote, the backslash and controls. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 0x20 && code !== QUOTE && code !== BACKSLASH ? 1 : 0,
);
const WORDS = ["true", "false", "null"].map((word) => Buffer.from(word));

/** The scan of the value that begins at `from`, after blanks, and ends before `to`. */
export class JsonScan {
  /** Members in the order of the text, including equal names; at most `MEMBER_LIMIT` are kept. */
  readonly members: JsonMember[] = [];
  /** Number of all members, kept or not. */
  memberCount = 0;
  values = 0;
  /** The start of the value, and the position up to which it was read: in the end, just past it. */
  start = -1;
  at: number;
  readonly #bytes: Uint8Array;
  readonly #to: number;
  readonly #isObject = new Uint8Array(JSON_DEPTH_LIMIT + 1);
  #next = VALUE;
  #depth = 0;
  #nameFrom = 0;
  #nameTo = 0;
  #valueFrom = 0;
  #valuesBefore = 0;

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length) {
    this.#bytes = bytes;
    this.#to = to;
    this.at = from;
  }

  /**
   * Reads about `count` further bytes. Returns true once the value is complete; refuses with `invalid_json`.
   */
  advance(count: number): boolean {
    const bytes = this.#bytes;
    const isObject = this.#isObject;
    const to = this.#to;
    const stop = Math.min(to, this.at + count);
    let at = this.at;
    let next = this.#next;
    let depth = this.#depth;
    let values = this.values;
    while (at < stop && next !== COMPLETE) {
      let code = bytes[at] as number;
      let isEnd = false;
      if (next === IN_TEXT || next === IN_NAME) {
        while (PLAIN[code] === 1 && ++at < stop) code = bytes[at] as number;
        if (at === stop) break;
        if (code === BACKSLASH) {
          at = escapeEnd(bytes, at, to);
          continue;
        }
        if (code !== QUOTE) throw brokenJson(at, to);
        at += 1;
        if (next === IN_NAME) {
          if (depth === 1) this.#nameTo = at;
          next = NAME_COLON;
          continue;
        }
        isEnd = true;
      } else if (SPACES[code] === 1) {
        at += 1;
        continue;
      } else if (next === AFTER_VALUE) {
        if (code === COMMA) {
          next = isObject[depth] === 1 ? NAME : VALUE;
          at += 1;
          continue;
        }
        if (code !== (isObject[depth] === 1 ? CLOSE_OBJECT : CLOSE_ARRAY)) throw brokenJson(at, to);
        depth -= 1;
        at += 1;
        isEnd = true;
      } else if (next === NAME_COLON) {
        if (code !== COLON) throw brokenJson(at, to);
        at += 1;
        next = VALUE;
        continue;
      } else if (next === NAME || next === FIRST_NAME) {
        if (code === QUOTE) {
          if (depth === 1) this.#nameFrom = at;
          at += 1;
          next = IN_NAME;
          continue;
        }
        if (next === NAME || code !== CLOSE_OBJECT) throw brokenJson(at, to);
        depth -= 1;
        at += 1;
        isEnd = true;
      } else if (next === FIRST_ELEMENT && code === CLOSE_ARRAY) {
        depth -= 1;
        at += 1;
        isEnd = true;
      } else {
        if (depth === 0) this.start = at;
        if (depth === 1) {
          this.#valueFrom = at;
          this.#valuesBefore = values;
        }
        values += 1;
        if (code === QUOTE) {
          at += 1;
          next = IN_TEXT;
          continue;
        }
        if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
          depth += 1;
          if (depth > JSON_DEPTH_LIMIT) throw tooDeep();
          isObject[depth] = code === OPEN_OBJECT ? 1 : 0;
          next = code === OPEN_OBJECT ? FIRST_NAME : FIRST_ELEMENT;
          at += 1;
          continue;
        }
        const end = checkNumber(bytes, at, to);
        at = end === at ? wordEnd(bytes, at, to) : end;
        isEnd = true;
      }
      if (isEnd) {
        next = depth === 0 ? COMPLETE : AFTER_VALUE;
        if (depth === 1 && isObject[1] === 1) this.#keepMember(at, values);
      }
    }
    this.at = at;
    this.#next = next;
    this.#depth = depth;
    this.values = values;
    if (next === COMPLETE) return true;
    if (at >= to) throw brokenJson(at, to);
    return false;
  }

  #keepMember(to: number, values: number): void {
    this.memberCount += 1;
    if (this.memberCount > MEMBER_LIMIT) return;
    this.members.push({
      nameFrom: this.#nameFrom,
      nameTo: this.#nameTo,
      from: this.#valueFrom,
      to,
      values: values - this.#valuesBefore,
    });
  }
}

/** Returns the position of the first byte from `at` on that is not a blank, or `to`. */
export function skipBlanks(bytes: Uint8Array, at: number, to: number): number {
  let end = at;
  while (end < to && SPACES[bytes[end] as number] === 1) end += 1;
  return end;
}

function wordEnd(bytes: Uint8Array, from: number, to: number): number {
  const word = WORDS.find((one) => one[0] === bytes[from]);
  if (word === undefined) throw brokenJson(from, to);
  let at = from;
  for (const letter of word) {
    if (at >= to || bytes[at] !== letter) throw brokenJson(at, to);
    at += 1;
  }
  return at;
}

function escapeEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from + 1;
  const code = at < to ? (bytes[at] as number) : 0;
  if (ESCAPED[code] === 1) return at + 1;
  if (code !== LOWER_U) throw brokenJson(at, to);
  for (let digit = 0; digit < 4; digit += 1) {
    at += 1;
    if (at >= to || HEX[bytes[at] as number] !== 1) throw brokenJson(at, to);
  }
  return at + 1;
}

/** `at` is the position where the text stops being JSON; `to` is its end. */
export function brokenJson(at: number, to: number): AppError {
  const where = at < to ? `unexpected character at byte ${at + 1}` : "unexpected end";
  return new AppError("invalid_json", `The body is not JSON: ${where}.`);
}

function tooDeep(): AppError {
  return new AppError("invalid_json", `The body nests deeper than ${JSON_DEPTH_LIMIT} levels.`);
}

function toTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}
