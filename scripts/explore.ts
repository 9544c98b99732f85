/**
 * Runs the property tests, the simulation and the fuzzer with new seeds. The gate uses fixed seeds, so that a
 * random failure never blocks an unrelated change. This script finds the random failures.
 *
 *   node scripts/explore.ts                        one round with a new seed
 *   node scripts/explore.ts --rounds=20            twenty rounds; the first failure ends it
 *   node scripts/explore.ts --seed=42 src/core     the round of that seed, of these files only
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const ROOT = join(import.meta.dirname, "..");
/** The simulation counts up from the seed. */
const LARGEST_SEED = 2 ** 31 - 10_000;
const DRAWING = /harness\/property\.ts|\/start-run\.ts/;
/** The contract suites draw random cases. These files run them on the two stores. */
const CONTRACT = /^src\/store\/\w+\/contract\//;

const words = process.argv.slice(2);
process.exitCode = explore();

function explore(): number {
  const files = findFiles(words.filter((word) => !word.startsWith("--")));
  if (files.length === 0) {
    console.error("no file with properties matches");
    return 2;
  }
  const given = findNumber("seed");
  const rounds = given === null ? (findNumber("rounds") ?? 1) : 1;
  for (let round = 1; round <= rounds; round += 1) {
    const seed = given ?? randomInt(1, LARGEST_SEED);
    console.log(`round ${round} of ${rounds}, seed ${seed}`);
    const run = spawnSync(process.execPath, ["scripts/test.ts", "main", ...files], {
      cwd: ROOT,
      stdio: "inherit",
      env: { ...process.env, EXPLORE_SEED: String(seed) },
    });
    if (run.error !== undefined) throw run.error;
    if (run.status === 0) continue;
    console.error(`run it again with: npm run explore -- --seed=${seed}`);
    return run.status ?? 1;
  }
  return 0;
}

function findFiles(starts: readonly string[]): string[] {
  const found = globSync(["src/**/*.test.ts", "demo/**/*.test.ts", "test/**/*.test.ts"], {
    cwd: ROOT,
    exclude: ["test/faults/**"],
  });
  return found
    .filter((file) => CONTRACT.test(file) || DRAWING.test(readFileSync(join(ROOT, file), "utf8")))
    .filter((file) => starts.length === 0 || starts.some((start) => file.startsWith(start)))
    .toSorted();
}

function findNumber(flag: string): number | null {
  const word = words.find((each) => each.startsWith(`--${flag}=`));
  return word === undefined ? null : Number(word.slice(flag.length + 3));
}
