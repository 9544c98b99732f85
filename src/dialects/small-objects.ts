/**
 * Parses small JSON objects that stand in a body, each as a whole. `JSON.parse` takes half as long as the
 * scanner of bytes and the reading of its members, but its time for hostile text has no bound other than
 * the length. Where an object ends is found in a copy of the bytes as Latin-1 text, one character for
 * each byte, in which `indexOf` jumps over strings.
 */
import { AppError } from "../core/error.ts";
import { valueEnd } from "../core/json-slice.ts";
import { parseJson } from "../core/json.ts";
import type { JsonValue } from "../core/json-value.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";

/** Parsed in at most 4 ms, whatever it holds: empty lists take the longest (2026-11). */
export const SMALL_BYTES = 16 * 1024;

export type ParsedObject = {
  readonly text: string;
  readonly value: JsonValue;
  /** Just past it. */
  readonly at: number;
};

const OPEN_OBJECT = 0x7b;

export class SmallObjects {
  readonly #bytes: Buffer;
  readonly #limitBytes: number;
  #window = "";
  #windowFrom = -1;

  /** Objects above `limitBytes` are not small either. */
  constructor(bytes: Buffer, limitBytes: number) {
    this.#bytes = bytes;
    this.#limitBytes = Math.min(limitBytes, SMALL_BYTES);
  }

  /** Null for what is larger, is no object, or is not JSON. The scanner reads it, or refuses it. */
  parseAt(from: number): ParsedObject | null {
    if (this.#bytes[from] !== OPEN_OBJECT) return null;
    const at = this.#findEnd(from);
    if (at === null || at - from > this.#limitBytes) return null;
    const text = this.#bytes.toString("utf8", from, at);
    try {
      return { text, value: parseJson(text), at };
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  /** Null when the object does not end within a window that begins with it. */
  #findEnd(from: number): number | null {
    const end = this.#findEndInWindow(from);
    if (end !== null || from === this.#windowFrom) return end;
    this.#windowFrom = from;
    this.#window = this.#bytes.toString("latin1", from, from + PIECE_BYTES);
    return this.#findEndInWindow(from);
  }

  #findEndInWindow(from: number): number | null {
    const window = this.#window;
    const start = from - this.#windowFrom;
    if (start >= window.length) return null;
    const end = valueEnd(window, start);
    // What the window cuts ends with it, or seems to.
    const isCut = end === window.length && this.#windowFrom + end < this.#bytes.length;
    return isCut ? null : this.#windowFrom + end;
  }
}
