import assert from "node:assert/strict";
import { test } from "node:test";
import { toGatherMs } from "./accept-queue.ts";

const singles = (count: number) => Array.from({ length: count }, () => ({ weight: 1 }));

test("the queue waits for more publishes only after a group of several with eight events or more", () => {
  assert.equal(toGatherMs(singles(7), 12), 0);
  assert.equal(toGatherMs([{ weight: 100 }], 12), 0);
  assert.equal(toGatherMs(singles(8), 12), 3);
  assert.equal(toGatherMs([{ weight: 100 }, { weight: 1 }], 12), 3);
  assert.equal(toGatherMs(singles(64), 100), 8);
});
