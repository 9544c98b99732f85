/**
 * Named places where a fault test kills the process. The name is passed in when the store opens; the
 * environment is never read here. Without a name nothing here has an effect.
 */
import { writeSync } from "node:fs";
import process from "node:process";

/** Written by number: in a worker thread `process.stderr` has no descriptor. */
const STDERR = 2;

export const FAILPOINTS = ["after-commit-before-reply", "between-fan-out-parts"] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Kills the process when `here` is the armed failpoint, after a line on stderr. */
export function hitFailpoint(armed: Failpoint | null, here: Failpoint): void {
  if (armed !== here) return;
  writeSync(STDERR, `failpoint ${here}\n`);
  process.kill(process.pid, "SIGKILL");
}
