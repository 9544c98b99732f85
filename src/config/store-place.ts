/**
 * Checks of the path of a SQLite store before a file is created. A problem is reported in one sentence, not
 * as a file system error after the key was written.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { AppError } from "../core/error.ts";
import { storeFile } from "./credentials.ts";
import { SETTINGS, type Settings } from "./settings.ts";

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
const STORE = SETTINGS.store.env;

/** Creates the folder of a SQLite store. Refuses with `store_unavailable` a path that cannot be a store. */
export function prepareStorePlace(settings: Settings): { readonly isNew: boolean } {
  const file = storeFile(settings.store);
  if (file === null) return { isNew: settings.store.startsWith("sqlite:") };
  const isNew = !existsSync(file);
  if (!isNew) refuseOtherFile(file);
  makeFolder(dirname(resolve(file)));
  refuseUnwritable(dirname(file), "folder");
  if (!isNew) refuseUnwritable(file, "file");
  return { isNew };
}

/** Refuses with `store_unavailable` a file that is missing or is not a store; for commands that only read. */
export function refuseMissingStore(settings: Settings): void {
  const file = storeFile(settings.store);
  if (file === null) return;
  if (!existsSync(file)) {
    throw new AppError(
      "store_unavailable",
      `There is no store at ${resolve(file)}. Run this command in the folder of the server, or set ${STORE} to the store.`,
    );
  }
  refuseOtherFile(file);
}

/** Refuses a file that is not a SQLite database. An empty file is a store without content. */
function refuseOtherFile(file: string): void {
  if (statSync(file).isDirectory()) {
    throw refusal(`names ${file}, which is a folder; name a file in the folder`);
  }
  const first = Buffer.alloc(MAGIC.length);
  let length: number;
  try {
    const descriptor = openSync(file, "r");
    try {
      length = readSync(descriptor, first);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw refusal(`names ${file}, which this user cannot read (${toCode(error)})`);
  }
  if (length > 0 && !first.equals(MAGIC)) {
    throw refusal(`names ${file}, which is not a SQLite database`);
  }
}

/** Creates the folders one by one: some file systems hang when several are missing. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return;
    throw refusal(`names a path below ${folder}, which is a file, not a folder`);
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another program may have created it in the meantime.
    if (toCode(error) === "EEXIST") return;
    throw refusal(`needs the folder ${folder}, which cannot be created: ${toWords(error)}`);
  }
}

function refuseUnwritable(path: string, what: "folder" | "file"): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw refusal(`needs the ${what} ${path}, which is not writable: ${toWords(error)}`);
  }
}

function refusal(rest: string): AppError {
  return new AppError("store_unavailable", `${STORE} ${rest}.`);
}

function toWords(error: unknown): string {
  const code = toCode(error);
  if (code === "EACCES" || code === "EPERM") return `this user lacks the permission (${code})`;
  if (code === "EROFS") return "its file system is mounted read-only (EROFS)";
  if (code === "ENOSPC") return "its file system is full (ENOSPC)";
  return code;
}

function toCode(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
