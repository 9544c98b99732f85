import assert from "node:assert/strict";
import { test } from "node:test";
import { createWeightedCache } from "./weighted-cache.ts";

function open(limit: number) {
  const dropped: string[] = [];
  const cache = createWeightedCache<string, string>({
    limit,
    dropped: (value) => dropped.push(value),
  });
  return { cache, dropped };
}

test("beyond the limit the values that were used least recently are dropped", () => {
  const { cache, dropped } = open(10);
  cache.set("a", "A", 4);
  cache.set("b", "B", 4);
  assert.equal(cache.get("a"), "A");
  cache.set("c", "C", 4);
  assert.deepEqual(dropped, ["B"]);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], ["A", undefined, "C"]);
  cache.addWeight("c", 3);
  assert.deepEqual(dropped, ["B", "A"]);
});

test("a value that is heavier than the limit stays until another one is used", () => {
  const { cache, dropped } = open(10);
  cache.set("a", "A", 100);
  assert.equal(cache.get("a"), "A");
  cache.set("b", "B", 1);
  assert.deepEqual(dropped, ["A"]);
  assert.equal(cache.get("b"), "B");
});

test("replaced, changed and deleted values count with their last weight", () => {
  const { cache, dropped } = open(10);
  cache.set("a", "A", 9);
  cache.set("a", "A2", 2);
  cache.addWeight("a", -1);
  cache.addWeight("unknown", 100);
  cache.set("b", "B", 9);
  assert.deepEqual(dropped, []);
  cache.delete("b");
  cache.delete("b");
  cache.set("c", "C", 9);
  assert.deepEqual(dropped, ["B"]);
  cache.clear();
  assert.deepEqual(dropped, ["B", "A2", "C"]);
  cache.set("d", "D", 10);
  assert.equal(cache.get("d"), "D");
});
