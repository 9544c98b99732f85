/**
 * The place of a SQLite store, looked at before a file is made: what is wrong with it is one sentence,
 * and not an error of the file system after the key was written.
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

/** Makes the folder of a SQLite store. Refuses with `store_unavailable` a place that can be none. */
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

/** For commands that only read. Refuses with `store_unavailable` a file that is not there or no store. */
export function refuseMissingStore(settings: Settings): void {
  const file = storeFile(settings.store);
  if (file === null) return;
  if (!existsSync(file)) {
    throw new AppError(
      "store_unavailable",
      `There is no store at ${resolve(file)}: run this in the folder of the server, or say with ${STORE} where the store is.`,
    );
  }
  refuseOtherFile(file);
}

/** An empty file is a store that has nothing yet. */
function refuseOtherFile(file: string): void {
  if (statSync(file).isDirectory()) {
    throw placeRefusal(`names ${file}, which is a folder: give a file in it`);
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
    throw placeRefusal(`names ${file}, which this user cannot read (${toCode(error)})`);
  }
  if (length > 0 && !first.equals(MAGIC)) {
    throw placeRefusal(`names ${file}, which is not a SQLite database`);
  }
}

/** Folder by folder: some file systems never answer when several are missing. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return;
    throw placeRefusal(`names a path below ${folder}, which is a file and not a folder`);
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another program may have made it meanwhile.
    if (toCode(error) === "EEXIST") return;
    throw placeRefusal(`needs the folder ${folder}, which cannot be made: ${toWords(error)}`);
  }
}

function refuseUnwritable(path: string, what: "folder" | "file"): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw placeRefusal(`needs the ${what} ${path}, which cannot be written: ${toWords(error)}`);
  }
}

function placeRefusal(rest: string): AppError {
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
