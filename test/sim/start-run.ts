/** Runs of seeds in separate processes, so that a planted bug affects only one of them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PlantedBug } from "./planted.ts";
import type { Ran } from "./run.ts";

const PROGRAM = fileURLToPath(new URL("./run.ts", import.meta.url));
const run = promisify(execFile);

/** The only seed to run: `SIM_SEED=123 npm test test/sim`. */
export const onlySeed = Number(process.env["SIM_SEED"] ?? 0);

export async function runSeeds(p: {
  first: number;
  count: number;
  bug?: PlantedBug;
  /** Sender threads of each node; none by default. */
  senders?: number;
  signal?: AbortSignal;
}): Promise<Ran> {
  const words = [PROGRAM, `${p.first}`, `${p.count}`, ...(p.bug === undefined ? [] : [p.bug])];
  const { stdout } = await run(process.execPath, words, {
    ...(p.signal ? { signal: p.signal } : {}),
    env: { ...process.env, SIM_SENDERS: `${p.senders ?? 0}` },
  });
  return JSON.parse(stdout) as Ran;
}

/** The message for a run that broke a promise, with the command that repeats it; null when it broke none. */
export function describeFailure({ broken }: Ran): string | null {
  if (broken === null) return null;
  return `seed ${broken.seed}: ${broken.about}\nrun it again with SIM_SEED=${broken.seed}`;
}
