/**
 * The one gate. Cheap steps come first, and the first failure ends it. The tests come last and nothing is
 * printed after them, so that the runner's totals are the last lines.
 *
 *   node scripts/check.ts             everything
 *   node scripts/check.ts --static    everything but the tests, where they have run already
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

const STEPS = [
  ["format", "format:check"],
  ["lint", "lint"],
  ["types", "types"],
  ["unused code", "unused"],
  ["plain English", "english"],
  ["tests", "test"],
  ["tests of the pages", "test:ui"],
] as const;

process.exitCode = runSteps();

function runSteps(): number {
  const steps = process.argv.includes("--static")
    ? STEPS.filter(([, script]) => !script.startsWith("test"))
    : STEPS;
  for (const [index, [title, script]] of steps.entries()) {
    console.log(`\n[${index + 1}/${steps.length}] ${title}: npm run ${script}`);
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const run = spawnSync(npm, ["run", "--silent", script], {
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if (run.error !== undefined) throw run.error;
    if (run.status !== 0) {
      console.error(`\ncheck failed in step ${index + 1} of ${steps.length}: ${title}`);
      return run.status ?? 1;
    }
  }
  return 0;
}
