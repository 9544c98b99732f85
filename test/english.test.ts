/** The check of plain English finds each fault that it is for, and reads only text that people read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProse } from "../scripts/english-rules.ts";
import { readProse } from "../scripts/read-prose.ts";

function rulesBroken(file: string, source: string): string[] {
  return readProse(file, source).flatMap((prose) =>
    checkProse(file, prose).map(({ at, rule }) => `${at} ${rule}`),
  );
}

const LONG = `${"word ".repeat(26).trim()}.`;

test("a listed word, a long sentence and a comment without a subject are found", () => {
  assert.deepEqual(rulesBroken("src/a.ts", "/** Deliveries that are owed. */"), [
    "src/a.ts:1 word",
  ]);
  assert.deepEqual(rulesBroken("src/a.ts", `x();\n// ${LONG}`), ["src/a.ts:2 long sentence"]);
  assert.deepEqual(rulesBroken("src/a.ts", "/** Of the endpoint. */"), ["src/a.ts:1 no subject"]);
});

test("titles of tests, messages of the program and pages are read", () => {
  assert.deepEqual(rulesBroken("src/a.test.ts", 'test("nobody is told", run);'), [
    "src/a.test.ts:1 word",
    "src/a.test.ts:1 word",
  ]);
  const message = "throw new Error(`the key of ${name} was used by somebody`);";
  assert.deepEqual(rulesBroken("src/a.ts", message), ["src/a.ts:1 word"]);
  assert.deepEqual(rulesBroken("docs/a.md", `# Whoever\n\n${LONG}\n`), [
    "docs/a.md:3 long sentence",
  ]);
  assert.deepEqual(rulesBroken("docs/a.md", "| call | what it does |\n"), ["docs/a.md:1 word"]);
});

test("code, SQL, data of tests, quotes and directives are not read", () => {
  const fine = [
    'const whoever = sql("SELECT what, nobody FROM owed WHERE told = 1");',
    "// oxlint-disable-next-line whoever -- nobody",
    '/** The column `owed` and the text "nobody" are names. */',
  ].join("\n");
  assert.deepEqual(rulesBroken("src/a.ts", fine), []);
  assert.deepEqual(
    rulesBroken("test/a.ts", 'publish({ text: "nobody told me what it was" });'),
    [],
  );
  assert.deepEqual(rulesBroken("docs/a.md", "```sh\nwhoever | nobody\n```\n"), []);
});
