/**
 * What is sent of an event is kept with a checksum: a bad disk may change a letter without anything
 * in SQLite noticing, and the altered text would then be signed and delivered. CRC-32 finds every
 * change of up to 32 bits in a row.
 */
import { crc32 } from "node:zlib";

export type CheckedRow = {
  readonly payload: string | null;
  readonly participants: string | null;
  /** Null for an event that was kept without one. */
  readonly checksum: number | null;
};

export function eventChecksum(payload: string | null, participants: string | null): number {
  return crc32(participants ?? "", crc32(payload ?? ""));
}

export function isDamaged({ payload, participants, checksum }: CheckedRow): boolean {
  return checksum !== null && checksum !== eventChecksum(payload, participants);
}
