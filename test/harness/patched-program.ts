/**
 * Controls: a copy of the program with a promise taken out of its source, which a test must detect. An edit
 * that no longer finds its text fails, so that no control becomes the original program.
 */
import assert from "node:assert/strict";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

export type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** WAL without an fsync at each commit, a common setting, and without its detection at start. */
export const LOWER_SYNC: readonly Edit[] = [
  {
    file: "src/store/sqlite/connection.ts",
    from: "PRAGMA synchronous = FULL",
    to: "PRAGMA synchronous = NORMAL",
  },
  {
    file: "src/store/sqlite/connection.ts",
    from: "synchronous !== 2",
    to: "synchronous !== 1",
  },
];

/**
 * Copies the program to `folder`, which the caller removes. Returns the path of the copy's `main.ts`. `added`
 * has new files by their paths.
 */
export function copyProgram(
  folder: string,
  edits: readonly Edit[],
  added: Readonly<Record<string, string>> = {},
): string {
  cpSync(join(ROOT, "src"), join(folder, "src"), { recursive: true });
  cpSync(join(ROOT, "demo"), join(folder, "demo"), { recursive: true });
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const before = readFileSync(path, "utf8");
    assert.ok(before.includes(from), `${file} has no "${from}": the control would prove nothing`);
    writeFileSync(path, before.replaceAll(from, to));
  }
  for (const [file, text] of Object.entries(added)) writeFileSync(join(folder, file), text);
  return join(folder, "src/main.ts");
}
