import assert from "node:assert/strict";
import { test } from "node:test";
import { keepFor } from "./keep-for.ts";

test("a value is made once in its time and shared by concurrent callers", async () => {
  let now = 0;
  let made = 0;
  const value = keepFor(
    1_000,
    async () => (made += 1),
    () => now,
  );
  assert.deepEqual(await Promise.all([value(), value(), value()]), [1, 1, 1]);
  now = 999;
  assert.equal(await value(), 1);
  now = 1000;
  assert.deepEqual(await Promise.all([value(), value()]), [2, 2]);
});

test("a failure reaches all waiting callers and is not kept", async () => {
  let made = 0;
  const value = keepFor(
    1_000,
    async () => {
      made += 1;
      if (made === 1) throw new Error("away");
      return made;
    },
    () => 0,
  );
  const both = await Promise.allSettled([value(), value()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await value(), 2);
});
