/**
 * Makes every file of a running server refuse to grow or to be written, for as long as a test wants. The soft
 * RLIMIT_FSIZE of the process is lowered to one byte. The server gets the same error as on a full disk:
 * write(2) fails.
 */
import { execFileSync, spawnSync } from "node:child_process";

export const cannotLimit: string | false =
  spawnSync("prlimit", ["--version"]).status === 0
    ? false
    : "prlimit is not installed on this machine";

export function makeUnwritable(pid: number): void {
  execFileSync("prlimit", ["--pid", String(pid), "--fsize=1:"]);
}

export function makeWritable(pid: number): void {
  execFileSync("prlimit", ["--pid", String(pid), "--fsize=unlimited:"]);
}
