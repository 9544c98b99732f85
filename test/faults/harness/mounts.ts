/** Mounts that are undone whatever happens: at the end of the test, or when the runner ends it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

export type Mount = { readonly path: string; readonly [Symbol.dispose]: () => void };

const mounted = new Set<string>();

function unmount(path: string): void {
  // Lazily when something still has a file open there: the loop device goes with the last of it.
  if (spawnSync("umount", [path]).status !== 0) spawnSync("umount", ["--lazy", path]);
  mounted.delete(path);
}

function unmountAll(): void {
  for (const path of mounted) unmount(path);
}

process.on("exit", unmountAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    unmountAll();
    process.kill(process.pid, signal);
  });
}

/** `words` are mount's own, without the folder, which is made. */
export function mountAt(path: string, words: readonly string[]): Mount {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", [...words, path], { stdio: "pipe" });
  mounted.add(path);
  return {
    path,
    [Symbol.dispose]: () => {
      if (mounted.has(path)) unmount(path);
    },
  };
}

export function remount(path: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, path], { stdio: "pipe" });
}
