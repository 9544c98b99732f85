/**
 * The encryption key in files beside a SQLite store, and the change from one to the next. At every
 * instant, also after a crash, the key file and the one beside it hold every key that anything in the
 * store is encrypted with; an old key is never deleted, since backups need it.
 *
 *     <store>.secret-key            encrypts
 *     <store>.secret-key.previous   opens too, until everything is encrypted anew
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

/** The key before the one in `file`; null when nothing is being changed. */
export function previousKey(file: string): string | null {
  const previous = toPrevious(file);
  return existsSync(previous) ? readFileSync(previous, "utf8").trim() : null;
}

/** Puts `next` into the file; what is in it, which has to be `current`, goes beside it first. */
export function replaceKey(file: string, p: { readonly current: string; readonly next: string }) {
  if (readFileSync(file, "utf8").trim() !== p.current) {
    throw new AppError("conflict", "The key file holds another key than the server started with.");
  }
  writeWhole(toPrevious(file), p.current);
  writeWhole(file, p.next);
}

/** Puts the previous key aside, under a name that says which one it is. */
export function retireKey(file: string, p: { readonly fingerprint: string }): void {
  if (!existsSync(toPrevious(file))) return;
  renameSync(toPrevious(file), `${file}.retired-${p.fingerprint.slice(0, 8)}`);
  syncFolder(file);
}

function toPrevious(file: string): string {
  return `${file}.previous`;
}

/** Either the old content is there after a crash or the new one, never a part. */
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
