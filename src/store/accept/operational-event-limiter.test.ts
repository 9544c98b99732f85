import assert from "node:assert/strict";
import { test } from "node:test";
import { createOperationalEventLimiter } from "./operational-event-limiter.ts";

const MINUTE = 60_000;

function countAllowed(tries: number, isAllowed: (i: number) => boolean): number {
  return Array.from({ length: tries }, (_, i) => isAllowed(i)).filter(Boolean).length;
}

test("an app that changes endpoints in a loop is reported 1,000 times a minute, and the others go on", () => {
  const limiter = createOperationalEventLimiter();
  assert.equal(
    countAllowed(1_500, () => limiter.allow("change", 1, 0)),
    1_000,
  );
  assert.equal(limiter.allow("change", 2, 0), true);
  assert.equal(limiter.allow("attempt", 1, 0), true);
  assert.equal(limiter.drainSuppressed(), 500);
  assert.equal(limiter.drainSuppressed(), 0);
  assert.equal(limiter.allow("change", 1, MINUTE), true);
});

test("all apps together are reported 10,000 times a minute, and all endpoints 1,000 times", () => {
  const limiter = createOperationalEventLimiter();
  assert.equal(
    countAllowed(12_000, (i) => limiter.allow("change", i % 50, 0)),
    10_000,
  );
  assert.equal(
    countAllowed(2_000, (i) => limiter.allow("attempt", i, 0)),
    1_000,
  );
});
