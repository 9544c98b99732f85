/**
 * KSUIDs as bytes and text: 20 bytes, the first four of them seconds since 2014-05-13, written as 27
 * characters of base62 that sort as the bytes do. The server's ids carry the millisecond in the next two
 * bytes; in KSUIDs from other sources these are random.
 */

export const KSUID_BYTES = 20;
export const KSUID_CHARACTERS = 27;
export const KSUID_EPOCH_MS = 1_400_000_000_000;

const LAST_MS = KSUID_EPOCH_MS + 2 ** 32 * 1000 - 1;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/**
 * 2^160 - 1. This base62 alphabet sorts as the number does, so a text comparison detects a value that is too
 * large.
 */
const GREATEST = "aWgEPTl1tmebfsQzFP4bxwgy80V";
const KSUID_FORM = /^[0-9A-Za-z]{27}$/;

/** Returns whether the text is a KSUID without a prefix. */
export function isKsuid(text: string): boolean {
  return KSUID_FORM.test(text) && text <= GREATEST;
}

/**
 * Returns the lowest or highest KSUID of a millisecond, for ranges by time over ids. Times outside the years
 * 2014 to 2150 return the nearest one that exists.
 */
export function ksuidAt(ms: number, fill: "lowest" | "highest"): string {
  const bytes = new Uint8Array(KSUID_BYTES).fill(fill === "lowest" ? 0 : 0xff);
  writeKsuidTime(bytes, Math.min(Math.max(Math.floor(ms), KSUID_EPOCH_MS), LAST_MS));
  return encodeKsuid(bytes);
}

/**
 * Returns the time of one of the server's ids, to the millisecond. Throws on text that does not end in a
 * KSUID.
 */
export function ksuidTime(id: string): number {
  const bytes = decodeKsuid(id.slice(-KSUID_CHARACTERS));
  const view = new DataView(bytes.buffer);
  // A KSUID from another source has random bytes instead of milliseconds; its second is still valid.
  return KSUID_EPOCH_MS + view.getUint32(0) * 1000 + Math.min(view.getUint16(4), 999);
}

/** Writes seconds and milliseconds into the first six bytes. */
export function writeKsuidTime(bytes: Uint8Array, ms: number): void {
  const sinceEpoch = ms - KSUID_EPOCH_MS;
  const seconds = Math.floor(sinceEpoch / 1000);
  const millis = sinceEpoch - seconds * 1000;
  bytes[0] = seconds >>> 24;
  bytes[1] = seconds >>> 16;
  bytes[2] = seconds >>> 8;
  bytes[3] = seconds;
  bytes[4] = millis >>> 8;
  bytes[5] = millis;
}

const DIGITS = Array.from(ALPHABET, (character) => character.charCodeAt(0));
const FIVE_DIGITS = 62 ** 5;
const LIMB = 2 ** 20;
const limbs = new Float64Array(8);
const characters = Buffer.alloc(KSUID_CHARACTERS);

/**
 * Base62 by long division over eight limbs of 20 bits, five digits at a time: a remainder below 2^30 beside a
 * limb stays below 2^50, exact as a double. A BigInt would need 27 divisions.
 */
export function encodeKsuid(bytes: Uint8Array): string {
  for (let from = 0, limb = 0; from < KSUID_BYTES; from += 5, limb += 2) {
    const middle = bytes[from + 2] as number;
    limbs[limb] =
      ((bytes[from] as number) << 12) | ((bytes[from + 1] as number) << 4) | (middle >>> 4);
    limbs[limb + 1] =
      ((middle & 15) << 16) | ((bytes[from + 3] as number) << 8) | (bytes[from + 4] as number);
  }
  let first = 0;
  for (let end = KSUID_CHARACTERS; end > 0; end -= 5) {
    let rest = 0;
    for (let limb = first; limb < 8; limb++) {
      const value = rest * LIMB + (limbs[limb] as number);
      const quotient = Math.floor(value / FIVE_DIGITS);
      rest = value - quotient * FIVE_DIGITS;
      limbs[limb] = quotient;
    }
    while (first < 8 && limbs[first] === 0) first++;
    for (let at = end - 1; at >= end - 5 && at >= 0; at--) {
      const tens = Math.floor(rest / 62);
      characters[at] = DIGITS[rest - tens * 62] as number;
      rest = tens;
    }
  }
  return characters.toString("latin1");
}

/** Returns the bytes of a KSUID. Throws on any other text. Too slow for hot paths. */
export function decodeKsuid(ksuid: string): Uint8Array<ArrayBuffer> {
  if (!isKsuid(ksuid)) throw new TypeError(`"${ksuid}" is not a KSUID`);
  let value = 0n;
  for (const character of ksuid) value = value * 62n + BigInt(ALPHABET.indexOf(character));
  const bytes = new Uint8Array(KSUID_BYTES);
  for (let i = KSUID_BYTES - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return bytes;
}
