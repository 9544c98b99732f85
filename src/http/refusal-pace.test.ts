import assert from "node:assert/strict";
import { test } from "node:test";
import { createRefusalPace } from "./refusal-pace.ts";

const LIMITS = { burst: 3, perSecond: 10, mostMs: 1000, callers: 2 };

function delays(now: number, count: number, pace = createRefusalPace(LIMITS), caller = "a") {
  return Array.from({ length: count }, () => Math.round(pace.next(caller, now)));
}

test("refusals beyond the first ones of a caller are sent at an even pace", () => {
  assert.deepEqual(delays(0, 7), [0, 0, 0, 100, 200, 300, 400]);
});

test("a caller that waits for its refusals is held for as long as others with the same pace", () => {
  const pace = createRefusalPace(LIMITS);
  delays(0, 5, pace);
  assert.deepEqual(delays(200, 2, pace), [100, 200]);
});

test("a caller that pauses has its first refusals at once again", () => {
  const pace = createRefusalPace(LIMITS);
  delays(0, 20, pace);
  assert.deepEqual(delays(10_000, 4, pace), [0, 0, 0, 100]);
});

test("no refusal is held for longer than the limit, however many there are", () => {
  const pace = createRefusalPace(LIMITS);
  assert.equal(Math.max(...delays(0, 500, pace)), 1000);
  assert.deepEqual(delays(500, 1, pace), [600], "the excess is forgotten");
});

test("one caller does not hold up another, and few callers are remembered", () => {
  const pace = createRefusalPace(LIMITS);
  delays(0, 10, pace, "a");
  assert.deepEqual(delays(0, 1, pace, "b"), [0]);
  assert.deepEqual(delays(0, 1, pace, "a"), [800]);
  assert.deepEqual(delays(0, 1, pace, "c"), [0]);
  assert.deepEqual(delays(0, 4, pace, "b"), [0, 0, 0, 100], "the longest ago is forgotten");
  assert.deepEqual(delays(0, 4, pace, "a"), [0, 0, 0, 100]);
});
