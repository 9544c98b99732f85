import assert from "node:assert/strict";
import { test } from "node:test";
import { createLivePace } from "./live-times.ts";

test("changes on a quiet server are read a second later, and at most every 5 seconds", () => {
  const pace = createLivePace();
  assert.equal(pace.toWaitMs({ readAt: -Infinity, now: 100_000 }), 1_000);
  assert.equal(pace.toWaitMs({ readAt: 99_000, now: 100_000 }), 4_000);
  assert.equal(pace.toIntervalMs({ everyMs: 3_000, now: 100_000 }), 3_000);
});

test("while a server sends gaps, a page reads at most every 8 seconds, and as before soon after", () => {
  const pace = createLivePace();
  for (const now of [96_000, 99_000]) pace.noteGap(now);
  assert.equal(pace.toIntervalMs({ everyMs: 3_000, now: 99_000 }), 3_000, "gaps are rare");
  pace.noteGap(100_000);
  assert.equal(pace.toWaitMs({ readAt: 99_000, now: 100_000 }), 7_000);
  assert.equal(pace.toIntervalMs({ everyMs: 3_000, now: 102_999 }), 8_000);
  assert.equal(pace.toIntervalMs({ everyMs: 30_000, now: 102_999 }), 30_000);
  assert.equal(pace.toIntervalMs({ everyMs: 3_000, now: 103_000 }), 3_000);
});
