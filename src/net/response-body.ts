/**
 * Takes the body of an answer out of the bytes behind its head: a length, chunks (RFC 9112, 7.1), or
 * all until the receiver closes. It holds no byte of the body itself, and a bounded line of a chunk.
 */
import type { BodyFraming } from "./parse-head.ts";

export type BodyStep = "more" | "whole" | "broken";

export type BodyReader = {
  /** Hands on what belongs to the body; not to be called again after `whole` or `broken`. */
  push(bytes: Buffer, take: (piece: Buffer) => void): BodyStep;
  /** Whether more came than the body, or it was framed carelessly: no second answer is read from there. */
  readonly isTainted: boolean;
  /** What it is when the receiver closes here. */
  atClose(): "whole" | "broken";
};

/** A chunk's size with its extensions, or a line of a trailer. */
const LINE_LIMIT_BYTES = 4096;
const TRAILER_LIMIT_BYTES = 16_384;
const CHUNK_SIZE = /^[0-9a-f]{1,13}(?=[\t ;]|$)/i;
const LF = 0x0a;

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

  push(bytes: Buffer, take: (piece: Buffer) => void): BodyStep {
    const own = Math.min(this.#left, bytes.length);
    this.#left -= own;
    if (own > 0) take(own === bytes.length ? bytes : bytes.subarray(0, own));
    if (own < bytes.length) this.isTainted = true;
    return this.#left === 0 ? "whole" : "more";
  }

  atClose(): "whole" | "broken" {
    return "broken";
  }
}

class CloseReader implements BodyReader {
  readonly isTainted = true;

  push(bytes: Buffer, take: (piece: Buffer) => void): BodyStep {
    if (bytes.length > 0) take(bytes);
    return "more";
  }

  atClose(): "whole" | "broken" {
    return "whole";
  }
}

class ChunkReader implements BodyReader {
  isTainted = false;
  #state: "size" | "data" | "data end" | "trailer" = "size";
  #left = 0;
  #line = "";
  #trailerBytes = 0;

  push(bytes: Buffer, take: (piece: Buffer) => void): BodyStep {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#left);
        take(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "data end";
        continue;
      }
      const found = bytes.indexOf(LF, at);
      const end = found < 0 ? bytes.length : found + 1;
      this.#line += bytes.toString("latin1", at, Math.min(end, at + LINE_LIMIT_BYTES + 1));
      if (this.#line.length > LINE_LIMIT_BYTES) return "broken";
      at = end;
      if (found < 0) break;
      const step = this.#endLine();
      if (step === "more") continue;
      if (at < bytes.length) this.isTainted = true;
      return step;
    }
    return "more";
  }

  atClose(): "whole" | "broken" {
    return "broken";
  }

  #endLine(): BodyStep {
    const hasReturn = this.#line.endsWith("\r\n");
    if (!hasReturn) this.isTainted = true;
    const line = this.#line.slice(0, hasReturn ? -2 : -1);
    this.#line = "";
    if (this.#state === "data end") {
      this.#state = "size";
      return line === "" ? "more" : "broken";
    }
    if (this.#state === "trailer") {
      this.#trailerBytes += line.length + 2;
      if (this.#trailerBytes > TRAILER_LIMIT_BYTES) return "broken";
      return line === "" ? "whole" : "more";
    }
    const size = CHUNK_SIZE.exec(line)?.[0];
    if (size === undefined) return "broken";
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "data";
    return "more";
  }
}
