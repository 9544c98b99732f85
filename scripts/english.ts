/**
 * Checks the prose of the project for plain English: comments, test titles, messages and pages.
 * CONTRIBUTING.md has the rules. A listed word has a plainer replacement, a sentence has at most 25 words,
 * and a comment opens with its subject.
 *
 *   node scripts/english.ts                     every file; exit code 1 when something is found
 *   node scripts/english.ts src/net docs        only files whose path starts with one of these
 *   node scripts/english.ts --counts            the number of findings of each rule
 *   node scripts/english.ts --shown             every sentence that a user of the program can see
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { checkProse, type Finding } from "./english-rules.ts";
import { readProse } from "./read-prose.ts";

const words = process.argv.slice(2);
const starts = words.filter((word) => !word.startsWith("--"));
const files = execFileSync("git", ["ls-files", "*.ts", "*.tsx", "*.md"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && (starts.length === 0 || starts.some((s) => file.startsWith(s))));

if (words.includes("--shown")) printShown();
else process.exitCode = check();

function check(): number {
  const findings = files.flatMap((file) =>
    readProse(file, readFileSync(file, "utf8")).flatMap((prose) => checkProse(file, prose)),
  );
  if (words.includes("--counts")) printCounts(findings);
  else for (const { at, rule, text } of findings) console.error(`${at} ${rule}: ${text}`);
  console.log(`${files.length} files: ${findings.length} findings`);
  return Math.min(findings.length, 1);
}

function printCounts(findings: readonly Finding[]): void {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  for (const [rule, count] of [...counts].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`${count}\t${rule}`);
}

function printShown(): void {
  for (const file of files) {
    const shown = readProse(file, readFileSync(file, "utf8")).filter(
      ({ kind }) => kind === "message",
    );
    for (const { line, text } of shown)
      console.log(`${file}:${line}\t${text.replace(/\s+/g, " ")}`);
  }
}
