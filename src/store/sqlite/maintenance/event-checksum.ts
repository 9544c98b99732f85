/**
 * The sent content of an event is stored with a checksum. A bad disk may change a letter unnoticed by SQLite,
 * and the altered text would be signed and delivered. CRC-32 finds every change of up to 32 consecutive bits.
 */
import { crc32 } from "node:zlib";

export type CheckedRow = {
  readonly payload: string | null;
  readonly participants: string | null;
  /** Null for an event that was stored without one. */
  readonly checksum: number | null;
};

export function eventChecksum(payload: string | null, participants: string | null): number {
  return crc32(participants ?? "", crc32(payload ?? ""));
}

export function isDamaged({ payload, participants, checksum }: CheckedRow): boolean {
  return checksum !== null && checksum !== eventChecksum(payload, participants);
}
