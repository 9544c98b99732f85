import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSenderCount, toSenderCount } from "./sender-count.ts";

const given = (senders: number | "auto", attemptsInFlight = 512) => ({ senders, attemptsInFlight });

test("auto is the number of cores minus 2, from 0 to 4", () => {
  const counts = [1, 2, 3, 4, 6, 64].map((cores) => toSenderCount(given("auto"), cores));
  assert.deepEqual(counts, [0, 0, 1, 2, 4, 4]);
});

test("a number is taken as it is, but there are no more threads than attempts in flight", () => {
  assert.equal(toSenderCount(given(8), 2), 8);
  assert.equal(toSenderCount(given(0), 64), 0);
  assert.equal(toSenderCount(given(8, 3), 2), 3);
});

test("other values are refused with those that are allowed", () => {
  for (const text of ["", "-1", "17", "2.5", "many", "1e1"]) {
    assert.deepEqual(parseSenderCount(text), {
      ok: false,
      allowed: "it must be auto, or a whole number from 0 to 16",
    });
  }
  assert.deepEqual(parseSenderCount("16"), { ok: true, value: 16 });
});
