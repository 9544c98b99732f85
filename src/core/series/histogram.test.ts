import assert from "node:assert/strict";
import { test } from "node:test";
import { BUCKET_BOUNDS_MS, BUCKETS, percentile, toBucket } from "./histogram.ts";

const countsOf = (durations: readonly number[]) => {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (const ms of durations) counts[toBucket(ms)] = (counts[toBucket(ms)] ?? 0) + 1;
  return counts;
};

test("a duration belongs to the first bucket whose bound it does not exceed", () => {
  assert.equal(toBucket(0), 0);
  for (const [bucket, bound] of BUCKET_BOUNDS_MS.entries()) {
    assert.equal(toBucket(bound), bucket);
    assert.equal(toBucket(bound + 1), bucket + 1);
  }
  assert.equal(toBucket(Number.MAX_SAFE_INTEGER), BUCKETS - 1);
});

test("a percentile lies in the bucket of the exact one", () => {
  const durations = Array.from({ length: 1000 }, (_, i) => (i * i) / 100);
  for (const q of [0.5, 0.95, 0.99]) {
    const exact = durations[Math.ceil(q * durations.length) - 1] as number;
    const estimate = percentile(countsOf(durations), q) as number;
    assert.equal(toBucket(estimate), toBucket(exact), `${q}: ${estimate} for ${exact}`);
  }
});

test("nothing has no percentile, and beyond the last bound it is that bound", () => {
  assert.equal(percentile(countsOf([]), 0.5), null);
  assert.equal(percentile(countsOf([1e9]), 0.99), 3_600_000);
});
