/**
 * The real file of a store's path. Lock, log and keys are beside that file, so every path to a store meets
 * the same lock. With hard links no such file exists: each name would get a separate log and lock, and SQLite
 * would destroy the store.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../../core/error.ts";

/**
 * Absolute, without symbolic links. The file and its folder need not exist. Refuses with `store_unavailable`
 * a file with several hard links and a dangling link.
 */
export function resolveStorePath(path: string): string {
  const file = realPath(resolve(path));
  const found = statSync(file, { throwIfNoEntry: false });
  // A folder has a link for each subfolder; the caller refuses a folder where it opens the file.
  const links = found?.isFile() === true ? found.nlink : 1;
  if (links === 1) return file;
  throw new AppError(
    "store_unavailable",
    `${file} has ${links} hard links, but SQLite needs a file with one name: remove the other names (find / -samefile ${file}), or copy the file.`,
  );
}

/** Resolves symbolic links in a path whose end may not exist yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    refuseDanglingLink(path, cause);
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

function refuseDanglingLink(path: string, cause: unknown): void {
  if (findStat(path)?.isSymbolicLink() !== true) return;
  throw new AppError(
    "store_unavailable",
    `${path} is a symbolic link to ${readlinkSync(path)}, which cannot be opened: mount the disk of that path, or remove the link.`,
    { cause },
  );
}

/** A path below a file does not exist, which `throwIfNoEntry` does not cover. */
function findStat(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
