import assert from "node:assert/strict";
import { test } from "node:test";
import { createApproximateCounts } from "./approximate-counts.ts";

function open() {
  let instant = 0;
  const counts = createApproximateCounts({ marks: () => [100], now: () => instant });
  return { counts, wait: (ms: number) => (instant += ms) };
}

test("a key that was never counted is unknown, and stays so after a change", () => {
  const { counts } = open();
  assert.deepEqual(counts.stale([1, 2]), [1, 2]);
  counts.add(1, 5);
  assert.equal(counts.of(1), null);
});

test("a count follows the node's commits and is stale after ten seconds", () => {
  const { counts, wait } = open();
  counts.counted(new Map([[1, 60]]), 1);
  counts.add(1, 2);
  assert.equal(counts.of(1), 62);
  wait(9_999);
  assert.deepEqual(counts.stale([1]), []);
  wait(1);
  assert.deepEqual(counts.stale([1]), [1]);
});

test("a count far below the limit is stale later, and later still when counting takes long", () => {
  const { counts, wait } = open();
  counts.counted(new Map([[1, 10]]), 1);
  counts.counted(new Map([[2, 10]]), 400);
  wait(29_999);
  assert.deepEqual(counts.stale([1, 2]), []);
  wait(1);
  assert.deepEqual(counts.stale([1, 2]), [1]);
  wait(10_000);
  assert.deepEqual(counts.stale([1, 2]), [1, 2]);
});

test("a count that reaches the limit by the node's additions is stale at once, until it is counted again", () => {
  const { counts } = open();
  counts.counted(new Map([[1, 99]]), 1);
  counts.add(1, 1);
  assert.deepEqual(counts.stale([1]), [1]);
  counts.counted(new Map([[1, 100]]), 1);
  assert.deepEqual(counts.stale([1]), []);
});
