/**
 * Filters have the meaning of JMESPath. The results are those of an independent implementation,
 * `@jmespath-community/jmespath` 1.3.0, for filters and payloads that were made up.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { JsonValue } from "../json/json-value.ts";
import { evaluate } from "./evaluate.ts";
import { parseFilter } from "./parse.ts";

const CASES = new URL("../../../test/fixtures/jmespath-cases.json", import.meta.url);

type Case = { readonly filter: string; readonly payload: JsonValue; readonly result: JsonValue };

test("filters have the results of another implementation of JMESPath", () => {
  const cases = JSON.parse(readFileSync(CASES, "utf8")) as readonly Case[];
  assert.ok(cases.length > 300);
  for (const { filter, payload, result } of cases) {
    assert.deepEqual(evaluate(parseFilter(filter), payload, { left: 1_000 }), result, filter);
  }
});
