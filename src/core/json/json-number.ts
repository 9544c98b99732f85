/**
 * The JSON numbers that are accepted (I8): integers of 64 bits, and all other numbers that a double can
 * represent. The rule is here once, for texts that are parsed and for bytes that are only scanned.
 */
import { AppError } from "../error.ts";

/** Maximum nesting of objects and arrays; the deepest shape of the APIs has eight levels. */
export const JSON_DEPTH_LIMIT = 64;

const LEAST_INTEGER = -(2n ** 63n);
const GREATEST_INTEGER = 2n ** 64n - 1n;
const INTEGER_FORM = /^-?\d+$/;
/** Every integer with this many digits fits in 64 bits. */
const SAFE_DIGITS = 18;
/** A number with this many digits and a smaller exponent is within the range of a double. */
const SAFE_EXPONENT = 280;

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Returns the number written as `source`: a bigint where a double would change it. Refuses with
 * `invalid_json` a number that fits neither. The digits are counted before a bigint is created, since a
 * bigint of a million digits takes seconds.
 */
export function exactNumber(source: string): number | bigint {
  const value = Number(source);
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) {
    throw new AppError(
      "invalid_json",
      `The number ${shortened(source)} is too large; send it as a string.`,
    );
  }
  if (!INTEGER_FORM.test(source)) return value;
  const exact = BigInt(source);
  if (exact < LEAST_INTEGER || exact > GREATEST_INTEGER) {
    throw new AppError(
      "invalid_json",
      `The integer ${shortened(source)} does not fit in 64 bits; send it as a string.`,
    );
  }
  return exact;
}

/**
 * Returns the position after the number at `from`, or `from` when there is no number. Refuses as
 * `exactNumber`.
 */
export function checkNumber(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  const whole = bytes[first] === ZERO && first < to ? first + 1 : digitsEnd(bytes, first, to);
  if (whole === first) return from;
  let end = whole;
  if (end < to && bytes[end] === POINT) {
    end = digitsEnd(bytes, whole + 1, to);
    if (end === whole + 1) return from;
  }
  let exponent = 0;
  if (end < to && ((bytes[end] as number) | 0x20) === 0x65) {
    const sign = bytes[end + 1];
    const digits = sign === PLUS || sign === MINUS ? end + 2 : end + 1;
    end = digitsEnd(bytes, digits, to);
    if (end === digits) return from;
    exponent = end - digits > 3 ? SAFE_EXPONENT : Number(toAscii(bytes, digits, end));
  }
  const isSmall = whole - first <= SAFE_DIGITS && exponent < SAFE_EXPONENT;
  if (!isSmall) exactNumber(toAscii(bytes, from, end));
  return end;
}

function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = from;
  while (end < to && (bytes[end] as number) >= ZERO && (bytes[end] as number) <= NINE) end += 1;
  return end;
}

function toAscii(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}

function shortened(digits: string): string {
  return digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
}
