/**
 * The file that a store's path leads to. Lock, log and keys lie beside that file, so all paths to a store
 * meet at one lock. A hard link has no such file: each name would get a log and a lock of its own, and
 * SQLite would destroy the store.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../core/error.ts";

/**
 * Absolute, without symbolic links. The file and its folder need not exist. Refuses with
 * `store_unavailable` a file with several hard links and a link that leads nowhere.
 */
export function resolveStorePath(path: string): string {
  const file = realPath(resolve(path));
  const found = statSync(file, { throwIfNoEntry: false });
  // A folder has a link for each folder in it; that it is one is said where the place is looked at.
  const links = found?.isFile() === true ? found.nlink : 1;
  if (links === 1) return file;
  throw new AppError(
    "store_unavailable",
    `${file} has ${links} hard links, but SQLite needs a file with one name: remove the other names (find / -samefile ${file}), or copy the file.`,
  );
}

/** Without symbolic links, for a path whose end may not exist yet. */
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

/** Below a file there is nothing, which `throwIfNoEntry` does not cover. */
function findStat(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
