/**
 * The encryption key in files beside a SQLite store, and the change from one key to the next. At every
 * instant, also after a crash, the key file and the previous-key file contain every key that the store needs.
 * An old key is never deleted, since backups need it.
 *
 *     <store>.secret-key            encrypts
 *     <store>.secret-key.previous   also decrypts, until everything is encrypted again
 *     <store>.secret-key.retired-…  needed by backups only
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../core/error.ts";

/** Returns the key before the one in `file`; null when no rotation is in progress. */
export function previousKey(file: string): string | null {
  const previous = toPrevious(file);
  return existsSync(previous) ? readFileSync(previous, "utf8").trim() : null;
}

/**
 * Writes `next` into the file. The file must contain `current`, which is first written to the previous-key
 * file.
 */
export function replaceKey(file: string, p: { readonly current: string; readonly next: string }) {
  if (readFileSync(file, "utf8").trim() !== p.current) {
    throw new AppError(
      "conflict",
      "The key file contains a different key from the one that the server started with. Restart the server before you rotate the key.",
    );
  }
  writeWhole(toPrevious(file), p.current);
  writeWhole(file, p.next);
}

/** Renames the file of the previous key to a name with the key's fingerprint. */
export function retireKey(file: string, p: { readonly fingerprint: string }): void {
  if (!existsSync(toPrevious(file))) return;
  renameSync(toPrevious(file), `${file}.retired-${p.fingerprint.slice(0, 8)}`);
  syncFolder(file);
}

function toPrevious(file: string): string {
  return `${file}.previous`;
}

/** Replaces the file atomically: after a crash it contains either the old content or the new. */
function writeWhole(file: string, key: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, file);
  syncFolder(file);
}

function syncFolder(file: string): void {
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
