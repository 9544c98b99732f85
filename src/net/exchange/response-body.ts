/**
 * Extracts a response body from the bytes after its head: by length, by chunks (RFC 9112, 7.1), or until the
 * receiver closes. It holds no byte of the body, only one bounded line of a chunk.
 */
import type { BodyFraming } from "./parse-head.ts";

export type BodyStep = "more" | "whole" | "broken";

/** An object instead of a function, which would be made for each response. */
export type BodyBytes = { append(piece: Buffer): void };

export type BodyReader = {
  /** Passes the bytes of the body on; must not be called after `whole` or `broken`. */
  push(bytes: Buffer, into: BodyBytes): BodyStep;
  /**
   * Whether bytes followed the body or its framing was careless: no second response is read from this
   * connection.
   */
  readonly isTainted: boolean;
  /** Returns the state of the body when the receiver closes now. */
  atClose(): "whole" | "broken";
};

/** Limit of a chunk-size line with its extensions, or of a trailer line. */
const LINE_LIMIT_BYTES = 4096;
const TRAILER_LIMIT_BYTES = 16_384;
/** Maximum digits of a chunk's size, the most that a number represents exactly. */
const SIZE_DIGITS = 13;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const DELETE = 0x7f;
const TOKEN_BYTES: ReadonlySet<number> = new Set(
  Buffer.from("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
);

export function createBodyReader(framing: BodyFraming): BodyReader {
  if (framing.kind === "length") return new LengthReader(framing.bytes);
  return framing.kind === "chunked" ? new ChunkReader() : new CloseReader();
}

class LengthReader implements BodyReader {
  isTainted = false;
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  push(bytes: Buffer, into: BodyBytes): BodyStep {
    const own = Math.min(this.#left, bytes.length);
    this.#left -= own;
    if (own > 0) into.append(own === bytes.length ? bytes : bytes.subarray(0, own));
    if (own < bytes.length) this.isTainted = true;
    return this.#left === 0 ? "whole" : "more";
  }

  atClose(): "whole" | "broken" {
    return "broken";
  }
}

class CloseReader implements BodyReader {
  readonly isTainted = true;

  push(bytes: Buffer, into: BodyBytes): BodyStep {
    if (bytes.length > 0) into.append(bytes);
    return "more";
  }

  atClose(): "whole" | "broken" {
    return "whole";
  }
}

/**
 * Reads byte by byte: a receiver that sends one-byte chunks must not cost a string for each. The body is read
 * from careless framing too, but such framing taints the connection.
 */
class ChunkReader implements BodyReader {
  isTainted = false;
  #state: "size" | "extension" | "data" | "data end" | "trailer" = "size";
  #size = 0;
  #left = 0;
  /** Bytes of the current line, without its end. */
  #lineBytes = 0;
  /** Whether the separator of the line is still to come: `;` of an extension, `:` of a trailer. */
  #isBeforeSeparator = true;
  #trailerBytes = 0;
  #previous = 0;

  push(bytes: Buffer, into: BodyBytes): BodyStep {
    for (let at = 0; at < bytes.length;) {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#left);
        into.append(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) {
          this.#state = "data end";
          this.#previous = 0;
        }
        continue;
      }
      const byte = bytes[at] as number;
      at += 1;
      const step = byte === LF ? this.#endLine() : this.#readByte(byte);
      this.#previous = byte;
      if (step === "more") continue;
      if (step === "whole" && at < bytes.length) this.isTainted = true;
      return step;
    }
    return "more";
  }

  atClose(): "whole" | "broken" {
    return "broken";
  }

  #readByte(byte: number): BodyStep {
    // A CR belongs to the end of a line only.
    if (this.#previous === CR) this.isTainted = true;
    if (byte === CR) return "more";
    this.#lineBytes += 1;
    if (this.#state === "data end" || this.#lineBytes > LINE_LIMIT_BYTES) return "broken";
    if (this.#state === "trailer") return this.#readTrailer(byte);
    if (this.#state === "extension") return this.#readExtension(byte);
    const digit = hexDigit(byte);
    if (digit >= 0 && this.#lineBytes <= SIZE_DIGITS) {
      this.#size = this.#size * 16 + digit;
      return "more";
    }
    if (this.#lineBytes === 1 || (byte !== SEMICOLON && !isBlank(byte))) return "broken";
    this.#state = "extension";
    return this.#readExtension(byte);
  }

  #readExtension(byte: number): BodyStep {
    if (!this.#isBeforeSeparator) this.#readText(byte);
    else if (byte === SEMICOLON) this.#isBeforeSeparator = false;
    else if (!isBlank(byte)) this.isTainted = true;
    return "more";
  }

  /** A line that is not a header may be the start of another response. */
  #readTrailer(byte: number): BodyStep {
    if (!this.#isBeforeSeparator) this.#readText(byte);
    else if (byte === COLON && this.#lineBytes > 1) this.#isBeforeSeparator = false;
    else if (!TOKEN_BYTES.has(byte)) this.isTainted = true;
    return "more";
  }

  #readText(byte: number): void {
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) this.isTainted = true;
  }

  #endLine(): BodyStep {
    if (this.#previous !== CR) this.isTainted = true;
    const lineBytes = this.#lineBytes;
    const isWithoutSeparator = this.#isBeforeSeparator;
    this.#lineBytes = 0;
    this.#isBeforeSeparator = true;
    if (this.#state === "data end") {
      this.#state = "size";
      return "more";
    }
    if (this.#state === "trailer") {
      if (lineBytes === 0) return "whole";
      if (isWithoutSeparator) this.isTainted = true;
      this.#trailerBytes += lineBytes;
      return this.#trailerBytes > TRAILER_LIMIT_BYTES ? "broken" : "more";
    }
    if (lineBytes === 0) return "broken";
    this.#left = this.#size;
    this.#size = 0;
    this.#state = this.#left === 0 ? "trailer" : "data";
    return "more";
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
