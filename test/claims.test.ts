/** The pages that list promises name tests that exist, and each is complete. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BREAKS } from "../scripts/claim-breaks.ts";
import { toPattern, readClaims, testNamesIn } from "../scripts/read-claims.ts";

const ROOT = join(import.meta.dirname, "..");
const FEWEST_CLAIMS = 45;
const FEWEST_BREAKS = 20;

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const PAGE = read("docs/claims.md");
const CLAIMS = readClaims(PAGE);

test("every promise on the page names a test that is in the file it names", () => {
  assert.ok(CLAIMS.length >= FEWEST_CLAIMS, `only ${CLAIMS.length} rows were found`);
  for (const { promise, file, test: name } of CLAIMS) {
    assert.ok(existsSync(join(ROOT, file)), `${promise}: there is no ${file}`);
    assert.ok(testNamesIn(read(file)).includes(name), `${promise}: ${file} has no test "${name}"`);
  }
  const promises = CLAIMS.map(({ promise }) => promise);
  assert.deepEqual(promises, [...new Set(promises)]);
});

test("every invariant is a promise on the page", () => {
  const invariants = new Set(read("ARCHITECTURE.md").match(/\bI\d+\b/g));
  assert.ok(invariants.size >= 12);
  const rows = PAGE.split("\n").filter((line) => line.startsWith("|"));
  for (const invariant of invariants) {
    const named = new RegExp(`\\| ([^|]*, )?${invariant}(, [^|]*)? \\|`);
    assert.ok(
      rows.some((row) => named.test(row)),
      invariant,
    );
  }
});

test("every break belongs to a promise on the page, and its text occurs once in the sources", () => {
  assert.ok(BREAKS.length >= FEWEST_BREAKS);
  assert.equal(new Set(BREAKS.map(({ promise }) => promise)).size, BREAKS.length);
  for (const { promise, run, file, from, to } of BREAKS) {
    const claim = CLAIMS.find((one) => one.promise === promise);
    assert.ok(claim !== undefined, `the page has no row "${promise}"`);
    assert.ok(
      (run ?? claim.file).endsWith(".test.ts") && existsSync(join(ROOT, run ?? claim.file)),
    );
    assert.equal(read(file).split(from).length - 1, 1, `${file} does not have "${from}" once`);
    assert.notEqual(from, to);
  }
});

test("an interpolation in a title is read as an open part, and the rest is read literally", () => {
  const source = 'test(`a ${b} (c)`, () => {});\ntest(\n  "d",\n  { skip },\n);\nlatest("e");';
  const names = testNamesIn(source);
  assert.deepEqual(names, ["a … (c)", "d"]);
  assert.match("a 1 (c)", toPattern("a … (c)"));
  assert.doesNotMatch("a 1 c", toPattern("a … (c)"));
  assert.doesNotMatch("and a 1 (c)", toPattern("a … (c)"));
});

test("reliability.md has a row for each row of the fault matrix that is run, and for no other", () => {
  const shown = read("docs/reliability.md").matchAll(/^\| (F\d+) \| \[[^\]]+\]\(\.\.\/([^)]+)\)/gm);
  const rows = new Map(Array.from(shown, ([, row = "", file = ""]) => [row, file]));
  const listed = Object.keys(JSON.parse(read("test/faults/rows.json")) as object);
  assert.deepEqual([...rows.keys()], listed);
  for (const [row, file] of rows) {
    assert.ok(
      testNamesIn(read(file)).some((name) => name.startsWith(`${row} `)),
      `${row}: ${file}`,
    );
  }
});
