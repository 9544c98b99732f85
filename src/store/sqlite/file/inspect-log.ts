/**
 * Checks that the write-ahead log is complete. SQLite reads it up to the first frame with a wrong checksum
 * and treats that as the end. This is right for the last transaction, which a crash may have torn. It is a
 * silent loss when a bad sector is in the middle (I1). Each transaction was synced before the next began, so
 * more than one COMMIT after the break means damage instead of a crash.
 */
import { closeSync, existsSync, openSync, readSync, fstatSync } from "node:fs";
import { AppError } from "../../../core/error.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
/** Maximum that a crash can leave torn: the transaction that was being written. */
const TORN_COMMITS = 1;

/** Refuses with `store_unavailable` and the position at which the log can be cut by hand. */
export function refuseDamagedLog(path: string): void {
  const log = `${path}-wal`;
  if (!existsSync(log)) return;
  const file = openSync(log, "r");
  try {
    const found = inspect(file);
    if (found === null || found.commitsLost <= TORN_COMMITS) return;
    throw new AppError(
      "store_unavailable",
      `${log} is damaged at byte ${found.at}: ${found.commitsLost} commits from that byte on would be lost. ` +
        `Restore a backup, or cut the log there and continue without them: truncate --size ${found.at} ${log}.`,
    );
  } finally {
    closeSync(file);
  }
}

/** SQLite would delete the log of a missing store, and with it the latest acknowledged events. */
export function refuseLogWithoutStore(path: string): void {
  const log = `${path}-wal`;
  if (existsSync(path) || !existsSync(log)) return;
  throw new AppError(
    "store_unavailable",
    `${log} exists, but its store ${path} does not: put the store back beside it, or move the log away.`,
  );
}

function inspect(file: number): { at: number; commitsLost: number } | null {
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return null;
  const read = header.readUInt32BE(0) === MAGIC_LITTLE_ENDIAN ? "readUInt32LE" : "readUInt32BE";
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const sum = [0, 0] as [number, number];
  add(sum, header.subarray(0, 24), read);
  if (sum[0] !== header.readUInt32BE(24) || sum[1] !== header.readUInt32BE(28)) return null;

  const frame = Buffer.alloc(frameBytes);
  const end = fstatSync(file).size;
  let brokenAt: number | null = null;
  let commitsLost = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= end; at += frameBytes) {
    readSync(file, frame, 0, frameBytes, at);
    // Frames of an earlier round of the log differ in both salts. They are behind the end of this round, or
    // where a crash lost the frames written over them.
    const sameSalts = [8, 12].filter(
      (salt) => frame.readUInt32BE(salt) === header.readUInt32BE(salt + 8),
    );
    if (brokenAt === null) {
      add(sum, frame.subarray(0, 8), read);
      add(sum, frame.subarray(FRAME_HEADER_BYTES), read);
      const isWhole = sum[0] === frame.readUInt32BE(16) && sum[1] === frame.readUInt32BE(20);
      if (!isWhole || sameSalts.length < 2) brokenAt = at;
    }
    // The broken frame may itself be the last of its transaction.
    if (brokenAt !== null && sameSalts.length > 0 && frame.readUInt32BE(4) !== 0) commitsLost += 1;
  }
  return brokenAt === null ? null : { at: brokenAt, commitsLost };
}

/** The running checksum of the WAL format: two sums over pairs of 32-bit words. */
function add(sum: [number, number], bytes: Buffer, read: "readUInt32LE" | "readUInt32BE"): void {
  let [one, two] = sum;
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + bytes[read](at) + two) >>> 0;
    two = (two + bytes[read](at + 4) + one) >>> 0;
  }
  sum[0] = one;
  sum[1] = two;
}
