/**
 * Parses the small JSON objects in a body, each as a whole. `JSON.parse` takes half as long as scanning the
 * bytes and reading the members. For hostile text its time has no bound other than the length. The end of an
 * object is found in a Latin-1 copy of the bytes, with one character per byte, in which `indexOf` skips
 * strings.
 */
import { AppError } from "../core/error.ts";
import { valueEnd } from "../core/json/json-slice.ts";
import { parseJson } from "../core/json/json.ts";
import type { JsonValue } from "../core/json/json-value.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";

/** Size that is parsed in at most 4 ms. Empty lists take the longest (2026-11). */
export const SMALL_BYTES = 16 * 1024;

export type ParsedObject = {
  readonly text: string;
  readonly value: JsonValue;
  /** Position just after the object. */
  readonly at: number;
};

const OPEN_OBJECT = 0x7b;

export class SmallObjects {
  readonly #bytes: Buffer;
  readonly #limitBytes: number;
  #window = "";
  #windowFrom = -1;

  /** Objects above `limitBytes` do not count as small either. */
  constructor(bytes: Buffer, limitBytes: number) {
    this.#bytes = bytes;
    this.#limitBytes = Math.min(limitBytes, SMALL_BYTES);
  }

  /** Returns null for a larger object, another value or invalid JSON, which the scanner reads or refuses. */
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

  /** Returns null when the object does not end within a window that begins with it. */
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
    // A value that is cut by the window ends with it, or seems to.
    const isCut = end === window.length && this.#windowFrom + end < this.#bytes.length;
    return isCut ? null : this.#windowFrom + end;
  }
}
