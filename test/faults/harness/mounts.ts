/** Mounts that are undone in any case: at the end of the test, or when the runner ends it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

export type Mount = { readonly path: string; readonly [Symbol.dispose]: () => void };

const mounted = new Set<string>();

function unmount(path: string): void {
  // The unmount is lazy when a file there is still open. The loop device is released with the last file.
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

/** Mounts at a new folder. `words` are the arguments of `mount` without the folder. */
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
