const NO_BYTES = Buffer.alloc(0);

/**
 * Bytes that arrive in pieces, as one buffer. It grows by doubling, so a receiver that sends single bytes
 * costs neither a copy nor an object for each. Each piece is copied, because its bytes are the read buffer of all
 * sockets.
 */
export class GrowingBytes {
  #bytes: Buffer = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return;
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  /** Returns the bytes so far, at most `limit`; valid until the next call. */
  view(limit = Infinity): Buffer {
    return this.#length === 0 ? NO_BYTES : this.#bytes.subarray(0, Math.min(this.#length, limit));
  }

  clear(): void {
    this.#bytes = NO_BYTES;
    this.#length = 0;
  }
}
