/** The statistics of interleaved rounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { medianInterval } from "../bench/pairs.ts";

test("the interval of a median leaves out as many values as 95 % confidence allows", () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => n - i);
  assert.deepEqual(medianInterval(upTo(5)), { least: 1, most: 5 });
  assert.deepEqual(medianInterval(upTo(6)), { least: 1, most: 6 });
  assert.deepEqual(medianInterval(upTo(10)), { least: 2, most: 9 });
  assert.deepEqual(medianInterval(upTo(12)), { least: 3, most: 10 });
});
