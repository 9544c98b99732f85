/**
 * A test names and checks each invariant of ARCHITECTURE.md, in the opening comment of its file or in its
 * title. The numbers are read from the page, so that a new invariant without a test is found.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const TESTS = [
  "src/**/*.test.ts",
  "src/**/contract.ts",
  "src/**/contract/*.ts",
  "test/**/*.test.ts",
];
const THIS = relative(ROOT, import.meta.filename);
const INVARIANT = /\bI(?:[1-9]|1\d)\b/g;
const FEWEST_INVARIANTS = 12;
const FEWEST_TESTS = 40;

/** The opening comment of a test file, and the titles of its tests. */
function readClaims(source: string): string {
  const opening = /^\/\*\*[^]*?\*\//.exec(source)?.[0] ?? "";
  const names = source.matchAll(/\b(?:test|describe)\(\s*(["'`])([^]*?[^\\])\1/g);
  return [opening, ...Array.from(names, ([, , name]) => name)].join("\n");
}

test("each invariant is named by at least one test", (t) => {
  const architecture = readFileSync(resolve(ROOT, "ARCHITECTURE.md"), "utf8");
  const invariants = new Set(architecture.match(INVARIANT));
  assert.ok(invariants.size >= FEWEST_INVARIANTS, `the page names only ${[...invariants].join()}`);

  const files = globSync(TESTS, { cwd: ROOT }).filter((file) => file !== THIS);
  assert.ok(files.length >= FEWEST_TESTS, `only ${files.length} test files were found`);
  const heldBy = new Map([...invariants].map((name): [string, string[]] => [name, []]));
  for (const file of files) {
    const claims = readClaims(readFileSync(resolve(ROOT, file), "utf8"));
    for (const name of new Set(claims.match(INVARIANT))) {
      const tests = heldBy.get(name);
      assert.ok(tests !== undefined, `${file} names ${name}, which ARCHITECTURE.md does not have`);
      tests.push(file);
    }
  }
  for (const [name, tests] of heldBy) t.diagnostic(`${name}: ${tests.join(", ")}`);
  const unheld = [...heldBy].filter(([, tests]) => tests.length === 0).map(([name]) => name);
  assert.deepEqual(unheld, []);
});

test("an invariant counts in an opening comment or in a title of a test, and not in its code", () => {
  const source = [
    "/** Holds I1. */",
    'import { test } from "node:test";',
    "// Not I2, nor I3:",
    'const I3 = "I4";',
    'test("keeps I5", () => {});',
    "describe(`and I6`, () => {});",
  ];
  assert.deepEqual(readClaims(source.join("\n")).match(INVARIANT), ["I1", "I5", "I6"]);
});
