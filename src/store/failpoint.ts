/**
 * Named places where a fault test stops the process dead. The store is told the name when it is
 * opened and never reads the environment; without a name nothing here does anything.
 */
import { writeSync } from "node:fs";
import process from "node:process";

/** By number: in a worker thread `process.stderr` has no descriptor. */
const STDERR = 2;

export const FAILPOINTS = ["after-commit-before-reply"] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Kills the process when `here` is the armed failpoint, saying so on stderr first. */
export function hitFailpoint(armed: Failpoint | null, here: Failpoint): void {
  if (armed !== here) return;
  writeSync(STDERR, `failpoint ${here}\n`);
  process.kill(process.pid, "SIGKILL");
}
