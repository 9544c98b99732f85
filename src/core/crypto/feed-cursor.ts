/**
 * Cursors of an application's feed. A position counts the events of all applications, so it would show each
 * tenant the traffic of the others. A cursor is therefore one block of AES-256 under a key of the store:
 *
 *     8 bytes  start of the SHA-256 of the application's id     8 bytes  position
 *
 * Equal positions have equal cursors. Cursors have no order, and one of another application is not valid.
 */
import { createCipheriv, createDecipheriv, hash } from "node:crypto";

const KEY_FORM = /^[0-9a-f]{64}$/;
const CURSOR_FORM = /^[A-Za-z0-9_-]{22}$/;
const CIPHER = "aes-256-ecb";
const BLOCK_BYTES = 16;
const POSITION_AT = 8;

export type FeedCursors = {
  /** `position` is a whole number from 0 to 2^53 - 1. */
  write(position: number): string;
  /** Null for a text that `write` did not return. */
  read(cursor: string): number | null;
};

/** `key` is 32 bytes in hexadecimal. */
export function createFeedCursors(key: string, appId: string): FeedCursors {
  if (!KEY_FORM.test(key)) throw new TypeError("the key of the feed's cursors has another form");
  const bytes = Buffer.from(key, "hex");
  const owner = hash("sha256", appId, "buffer").subarray(0, POSITION_AT);
  return {
    write(position) {
      const block = Buffer.alloc(BLOCK_BYTES);
      owner.copy(block);
      block.writeBigUInt64BE(BigInt(position), POSITION_AT);
      return createCipheriv(CIPHER, bytes, null)
        .setAutoPadding(false)
        .update(block)
        .toString("base64url");
    },
    read(cursor) {
      const given = Buffer.from(cursor, "base64url");
      // The last character has four unused bits.
      if (!isFeedCursor(cursor) || given.toString("base64url") !== cursor) return null;
      const block = createDecipheriv(CIPHER, bytes, null).setAutoPadding(false).update(given);
      if (!block.subarray(0, POSITION_AT).equals(owner)) return null;
      return Number(block.readBigUInt64BE(POSITION_AT));
    },
  };
}

/** Whether the text has the form of a cursor. */
export function isFeedCursor(text: string): boolean {
  return CURSOR_FORM.test(text);
}
