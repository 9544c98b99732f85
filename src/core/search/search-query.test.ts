import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSearch, type SearchQuery } from "./search-query.ts";

const NOTHING = {
  words: null,
  number: null,
  lastDigits: null,
  snowflake: null,
  handle: null,
  ksuid: null,
};

const CASES: readonly [string, Partial<SearchQuery>][] = [
  ["+12065550188", { number: "+12065550188" }],
  [" (206) 555-0188 ", { number: "+2065550188", lastDigits: "2065550188" }],
  ["0188", { lastDigits: "0188" }],
  ["88", {}],
  ["2124650254158354432", { snowflake: 2124650254158354432n }],
  ["033F9d3c-1f52-4c4e-9b1a-0d4a0b8c7140", { handle: "033F9d3c-1f52-4c4e-9b1a-0d4a0b8c7140" }],
  ["2srOrx2ZWZBpBUvZwXKQmoEYga9", { ksuid: "2srOrx2ZWZBpBUvZwXKQmoEYga9" }],
  ["sms_2srOrx2ZWZBpBUvZwXKQmoEYga9", { ksuid: "2srOrx2ZWZBpBUvZwXKQmoEYga9" }],
  ['"your table"', { words: "your table", part: null }],
  ["“0188”", { words: "0188", part: null }],
  ["m-88213", {}],
  ["x", { part: null }],
];

for (const [given, expected] of CASES) {
  test(`a search for ${given} is read`, () => {
    const text = given.trim();
    assert.deepEqual(parseSearch(given), { text, ...NOTHING, part: text, ...expected });
  });
}

test("a masked search has the four digits that are shown, or all", () => {
  const ends = ["188", "0188", "50188", "065550188", "2065550188"];
  assert.deepEqual(
    ends.map((text) => parseSearch(text, true).lastDigits),
    ["188", "0188", null, null, "2065550188"],
  );
});
