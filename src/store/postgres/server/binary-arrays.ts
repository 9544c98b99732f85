/**
 * Array parameters in PostgreSQL's binary form. The driver writes arrays as text, with two replacements per element,
 * and the server reads that text character by character.
 */
import { Buffer } from "node:buffer";

type ElementType = {
  readonly oid: number;
  /** Bytes of one element; null when its text decides. */
  readonly bytes: number | null;
  /** Writes one element and returns its end. */
  write(buffer: Buffer, value: unknown, offset: number): number;
};

const INTEGER: ElementType = {
  oid: 23,
  bytes: 4,
  write: (buffer, value, offset) => buffer.writeInt32BE(toInteger(value), offset),
};
/** By the name in the cast of a parameter. The driver writes arrays of other types. */
const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map([
  [
    "boolean",
    {
      oid: 16,
      bytes: 1,
      write: (buffer, value, offset) => buffer.writeUInt8(Number(value), offset),
    },
  ],
  ["bigint", { oid: 20, bytes: 8, write: writeBigint }],
  [
    "smallint",
    {
      oid: 21,
      bytes: 2,
      write: (buffer, value, offset) => buffer.writeInt16BE(toInteger(value), offset),
    },
  ],
  ["int", INTEGER],
  ["integer", INTEGER],
  [
    "text",
    {
      oid: 25,
      bytes: null,
      write: (buffer, value, offset) => offset + buffer.write(toText(value), offset),
    },
  ],
]);

const CASTS = /\$(\d+)::(\w+)\[\]/g;

/** Types of the parameters that the statement casts to arrays, as in `$1::bigint[]`. */
export type ArrayTypes = ReadonlyMap<number, ElementType>;

export function findArrayTypes(statement: string): ArrayTypes {
  const types = new Map<number, ElementType>();
  for (const [, place, name = ""] of statement.matchAll(CASTS)) {
    const type = ELEMENT_TYPES.get(name);
    if (type !== undefined) types.set(Number(place) - 1, type);
  }
  return types;
}

/** The parameters for the driver, which sends a buffer in binary form. */
export function toParameters(types: ArrayTypes, values: readonly unknown[]): unknown[] {
  return values.map((value, i) => {
    if (!Array.isArray(value)) return value;
    const type = types.get(i);
    return type === undefined ? value : toBinary(type, value);
  });
}

/** Number of dimensions, whether there are nulls, type of the elements, their number, and the first index. */
const HEADER_BYTES = 20;
/** An empty array has no dimension, and the header ends before it. */
const EMPTY_BYTES = 12;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

function toBinary({ oid, bytes, write }: ElementType, values: readonly unknown[]): Buffer {
  const { length } = values;
  let size = length === 0 ? EMPTY_BYTES : HEADER_BYTES + LENGTH_BYTES * length;
  let hasNull = 0;
  for (const value of values) {
    if (value === null || value === undefined) hasNull = 1;
    else size += bytes ?? Buffer.byteLength(toText(value));
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNull, 4);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return buffer;
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  let lengthAt = HEADER_BYTES;
  for (const value of values) {
    const at = lengthAt + LENGTH_BYTES;
    const isNull = value === null || value === undefined;
    const end = isNull ? at : write(buffer, value, at);
    buffer.writeInt32BE(isNull ? NULL_LENGTH : end - at, lengthAt);
    lengthAt = end;
  }
  return buffer;
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new TypeError(`a ${typeof value} is no element of a text array`);
}

/** The buffer refuses an integer that is too large for its type, and would cut off a fraction. */
function toInteger(value: unknown): number {
  const number = Number(value);
  if (!Number.isInteger(number)) throw new TypeError("an element of the array is no integer");
  return number;
}

const TWO_TO_32 = 2 ** 32;

/** Halves of a number are written faster than a bigint. */
function writeBigint(buffer: Buffer, value: unknown, offset: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    return buffer.writeBigInt64BE(BigInt(value as number | bigint | string), offset);
  }
  buffer.writeInt32BE(Math.floor(value / TWO_TO_32), offset);
  return buffer.writeUInt32BE(value >>> 0, offset + 4);
}
