import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogReceiver } from "./log-receiver.ts";

test("the operator's endpoints are read once a second, and again after the clock was set back", async () => {
  const receiver = createLogReceiver();
  const reads: number[] = [];
  const findAt = (now: number) =>
    receiver.find(now, async () => {
      reads.push(now);
      return reads.length;
    });
  assert.equal(await findAt(10_000), 1);
  assert.equal(await findAt(10_999), 1);
  assert.equal(await findAt(11_000), 2);
  assert.equal(await findAt(11_001), 2);
  assert.equal(await findAt(5_000), 3);
  assert.deepEqual(reads, [10_000, 11_000, 5_000]);
});

test("a failed read is repeated", async () => {
  const receiver = createLogReceiver();
  const failing = receiver.find(0, () => Promise.reject(new Error("lost")));
  await assert.rejects(failing, /lost/);
  assert.equal(await receiver.find(1, async () => 7), 7);
});
