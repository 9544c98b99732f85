import assert from "node:assert/strict";
import { test } from "node:test";
import { createLeasedCounts } from "./leased-counts.ts";

const FIRST = { seq: 1, appSeq: 10, shard: 3 };
const SECOND = { seq: 2, appSeq: 10, shard: 4 };
const OTHER = { seq: 3, appSeq: 20, shard: 3 };

test("leases are counted per endpoint, per application and in all", () => {
  const counts = createLeasedCounts();
  counts.add(FIRST, 7, 2, 300);
  counts.add(SECOND, 8, 1, 50);
  counts.add(OTHER, 7, 1, 9);
  assert.equal(counts.ofEndpoint(1, 7), 2);
  assert.deepEqual(counts.ofApp(10), { count: 3, bytes: 350 });
  assert.deepEqual(counts.all(), { count: 4, bytes: 359 });
  counts.remove(1, 7, 1);
  assert.deepEqual(counts.ofApp(10), { count: 2, bytes: 200 });
  counts.remove(1, 7, 1);
  counts.remove(2, 8, 1);
  assert.deepEqual([counts.ofEndpoint(1, 7), counts.ofApp(10)], [0, { count: 0, bytes: 0 }]);
  assert.deepEqual(counts.all(), { count: 1, bytes: 9 });
  assert.deepEqual([...counts.apps()], [20]);
});

test("a new fence begins at zero, and changes under an older one are ignored", () => {
  const counts = createLeasedCounts();
  counts.add(FIRST, 7, 5, 500);
  counts.add(FIRST, 9, 1, 10);
  assert.deepEqual(counts.all(), { count: 1, bytes: 10 });
  counts.add(FIRST, 7, 1, 1);
  counts.remove(1, 7, 1);
  assert.equal(counts.ofEndpoint(1, 7), 0);
  assert.deepEqual(counts.ofApp(10), { count: 1, bytes: 10 });
});

test("a shard that was lost or taken again returns its leases", () => {
  const counts = createLeasedCounts();
  counts.add(FIRST, 7, 5, 500);
  counts.add(SECOND, 7, 4, 400);
  counts.add(OTHER, 7, 3, 300);
  counts.keepOnly((shard) => (shard === 3 ? 7 : undefined));
  assert.deepEqual(counts.ofApp(10), { count: 5, bytes: 500 });
  counts.keepOnly((shard) => (shard === 3 ? 8 : undefined));
  assert.deepEqual(counts.all(), { count: 0, bytes: 0 });
});

test("an excess of ended leases does not make room", () => {
  const counts = createLeasedCounts();
  counts.add(FIRST, 7, 1, 10);
  counts.remove(1, 7, 3);
  counts.remove(1, 7, 1);
  assert.deepEqual(counts.all(), { count: 0, bytes: 0 });
});
