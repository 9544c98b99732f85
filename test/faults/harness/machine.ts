/** The abilities of this machine that fault tests need. Each is false, or the reason why it is missing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findBinaries } from "../../postgres/binaries.ts";

function runs(command: string, ...words: readonly string[]): boolean {
  return spawnSync(command, words).status === 0;
}

const isRoot = process.getuid?.() === 0;

export const cannotTrace: string | false = runs("strace", "-V")
  ? false
  : "strace is not installed on this machine";

export const cannotMount: string | false = isRoot
  ? runs("unshare", "--mount", "true")
    ? false
    : "this machine does not let root mount"
  : "mounting needs root";

export const cannotLoopMount: string | false =
  cannotMount === false && !(runs("mkfs.ext4", "-V") && runs("losetup", "--find"))
    ? "mkfs.ext4 or a free loop device is missing on this machine"
    : cannotMount;

export const cannotStandBy: string | false = existsSync(join(findBinaries(), "pg_basebackup"))
  ? false
  : "the PostgreSQL programs of this machine have no pg_basebackup";
