/**
 * Builds the pages of /dashboard and /portal.
 *
 *   node scripts/build-ui.ts            types of the API, then ui/dist, then the budgets
 *   node scripts/build-ui.ts --types    only the types, for an editor and the compiler
 *   node scripts/build-ui.ts --watch    builds again after each change
 */
import { join, resolve } from "node:path";
import process from "node:process";
import { buildPages, watchPages } from "./ui-bundle.ts";
import { checkBudgets } from "./ui-budgets.ts";
import { writeApiTypes } from "./ui-types.ts";

const ROOT = resolve(import.meta.dirname, "..");

process.exitCode = await run(process.argv.slice(2));

async function run(words: readonly string[]): Promise<number> {
  const calls = writeApiTypes(join(ROOT, "ui/api/schema.d.ts"));
  if (words.includes("--types")) return 0;
  if (words.includes("--watch")) {
    await watchPages(ROOT);
    return 0;
  }
  const sizes = await buildPages(ROOT);
  const { lines, problems } = checkBudgets(sizes);
  console.log(`built ui/dist with types of ${calls} calls: ${lines.join(", ")}`);
  for (const problem of problems) console.error(problem);
  return Math.min(problems.length, 1);
}
