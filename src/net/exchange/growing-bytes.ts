const NO_BYTES = Buffer.alloc(0);

/**
 * Bytes that arrive in pieces, as one buffer. It grows by doubling, so a receiver that sends single bytes
 * costs neither a copy nor an object for each. A single piece is not copied at all.
 */
export class GrowingBytes {
  #bytes: Buffer = NO_BYTES;
  #isOwn = false;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return;
    const needed = this.#length + piece.length;
    if (this.#length === 0 && !this.#isOwn) {
      this.#bytes = piece;
      this.#length = needed;
      return;
    }
    if (!this.#isOwn || needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
      this.#isOwn = true;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  /** Returns all bytes so far; valid until the next call. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#bytes = NO_BYTES;
    this.#isOwn = false;
    this.#length = 0;
  }
}
