import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { AppError } from "../error.ts";
import { JSON_DEPTH_LIMIT } from "./json-number.ts";
import { JsonScan, MEMBER_LIMIT } from "./json-scan.ts";
import { parseJson } from "./json.ts";

function scanned(text: string, step = 1_000_000): JsonScan {
  const scan = new JsonScan(Buffer.from(text));
  while (!scan.advance(step));
  return scan;
}

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, "invalid_json");
    return true;
  }
}

function accepts(text: string, step: number): boolean {
  return !isRefused(() => {
    const { at } = scanned(text, step);
    if (text.slice(at).trim() !== "") throw new AppError("invalid_json", "more follows");
  });
}

const MUTATIONS = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "-",
  ".",
  "e",
  "\t",
  " ",
  "u",
  "tru",
];

test("a scan accepts exactly the texts that parsing accepts, in pieces of any size", () => {
  const sound = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.constantFrom(
      "-0.5e-7",
      "[true,false,null]",
      '"\\u00e9\\n\\""',
      "01",
      "1.",
      ".5",
      "1e",
      "+1",
    ),
    fc.constantFrom(
      "18446744073709551615",
      "18446744073709551616",
      "-9223372036854775809",
      "1e309",
    ),
    fc.constantFrom("0.1e309", "1e-400", '{"a":1,"a":2}', '{"a" : [ ] , "b":{ } }', "nul", "truex"),
  );
  const change = fc.tuple(fc.nat(60), fc.constantFrom(...MUTATIONS), fc.nat(2));
  fc.assert(
    fc.property(
      sound,
      fc.array(change, { maxLength: 3 }),
      fc.integer({ min: 1, max: 40 }),
      (text, changes, step) => {
        let changed = text;
        for (const [at, inserted, removed] of changes) {
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
        }
        const isParsed = !isRefused(() => parseJson(changed));
        assert.equal(accepts(changed, step), isParsed, changed);
      },
    ),
    { numRuns: 4000 },
  );
});

test("members have the positions of the text, members with equal names too", () => {
  const text = ' {"a":1, "\\u0062" : [1,{"x":2}] ,"a":"}\\""} ';
  for (const step of [1, 2, 7, 1000]) {
    const scan = scanned(text, step);
    const shown = scan.members.map((member) => [
      text.slice(member.nameFrom, member.nameTo),
      text.slice(member.from, member.to),
      member.values,
    ]);
    assert.deepEqual(shown, [
      ['"a"', "1", 1],
      ['"\\u0062"', '[1,{"x":2}]', 4],
      ['"a"', '"}\\""', 1],
    ]);
    assert.deepEqual([scan.start, scan.at, scan.values], [1, text.length - 1, 7]);
  }
});

test("of a million members a few hundred are kept, and all are counted", () => {
  const scan = scanned(`{${'"a":0,'.repeat(999_999)}"a":0}`);
  assert.deepEqual([scan.members.length, scan.memberCount], [MEMBER_LIMIT, 1_000_000]);
});

test("a piece ends after the requested bytes, also inside a long string", () => {
  const scan = new JsonScan(Buffer.from(`["${"x".repeat(100_000)}",${"0,".repeat(50_000)}0]`));
  for (let last = 0; !scan.advance(1000); last = scan.at) {
    assert.ok(scan.at - last <= 1000 + 8, `${last} to ${scan.at}`);
  }
});

test("nesting is refused at the same level as in parsing, without further reading", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  scanned(nested(JSON_DEPTH_LIMIT));
  assert.throws(() => scanned("[".repeat(1_000_000)), /deeper than 64/);
  assert.throws(() => scanned(nested(JSON_DEPTH_LIMIT + 1)), /deeper than 64/);
});
