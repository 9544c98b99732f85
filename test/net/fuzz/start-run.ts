/** Runs of cases in separate processes, so that a planted bug affects only one of them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PlantedBug } from "./planted.ts";
import type { Ran } from "./run.ts";

const PROGRAM = fileURLToPath(new URL("./run.ts", import.meta.url));
/** The event of a promise that settles again is deprecated, and has no successor. */
const FLAGS = ["--expose-gc", "--disable-warning=DEP0160"];
const run = promisify(execFile);

/** The only case to play: `FUZZ_SEED=123 npm test test/net/fuzz`. */
export const onlySeed = Number(process.env["FUZZ_SEED"] ?? 0);

export async function runCases(p: {
  readonly first: number;
  readonly count: number;
  readonly bug?: PlantedBug;
}): Promise<Ran> {
  const words = [PROGRAM, `${p.first}`, `${p.count}`, ...(p.bug === undefined ? [] : [p.bug])];
  const { stdout } = await run(process.execPath, [...FLAGS, ...words]);
  return JSON.parse(stdout) as Ran;
}

/** The message for a case that broke a promise, with the command that repeats it; null when none did. */
export function describeBroken({ broken }: Ran): string | null {
  if (broken === null) return null;
  const { seed, promise, about } = broken;
  return `${promise}: seed ${seed}, ${about}\nplay it again with FUZZ_SEED=${seed}`;
}

export function countsText({ cases, requests, believed, kept, resent, repeated }: Ran): string {
  return (
    `${cases} cases, ${requests} requests, ${believed} answers, ${kept} connections kept, ` +
    `${resent} requests repeated, ${repeated} cases played again`
  );
}
