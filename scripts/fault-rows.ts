/**
 * Checks that every row of the fault matrix in `test/faults/rows.json` has run. A skipped row fails the run,
 * unless `FAULTS_CANNOT` names it ("F3,F5") for a machine that cannot run it. A row that is not listed fails
 * too, so that it cannot be skipped later.
 */
import { readFileSync } from "node:fs";
import type { RowResult } from "../test/faults/rows-reporter.ts";

const LIST = new URL("../test/faults/rows.json", import.meta.url);

/** Returns one sentence for each problem. Prints skipped rows and known shortcomings. */
export function checkRows(resultsFile: string, cannot: readonly string[]): readonly string[] {
  const listed = Object.keys(JSON.parse(readFileSync(LIST, "utf8")) as Record<string, string>);
  const results = readFileSync(resultsFile, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RowResult);
  for (const { name, result, reason } of results) {
    if (result === "skipped" || result === "known to fall short") {
      console.log(`${result}: ${name} (${reason || "no reason given"})`);
    }
  }
  const ran = new Set(results.filter(({ result }) => result !== "skipped").map(({ row }) => row));
  const skipped = new Set(
    results.filter(({ result }) => result === "skipped").map(({ row }) => row),
  );
  return [
    ...listed
      .filter((row) => !cannot.includes(row) && (skipped.has(row) || !ran.has(row)))
      .map(
        (row) =>
          `${row} is listed in rows.json and ${skipped.has(row) ? "was skipped" : "did not run"}.`,
      ),
    ...[...ran, ...skipped]
      .filter((row) => !listed.includes(row))
      .map((row) => `${row} is not listed in test/faults/rows.json: list it.`),
  ];
}
