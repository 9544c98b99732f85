import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngineWorld } from "../../../test/harness/engine.ts";
import { divideLimits } from "./start-senders.ts";

test("the parts of all threads are the limit of the node, for every number of threads", () => {
  for (const inFlight of [1, 2, 3, 512]) {
    for (let count = 1; count <= Math.min(16, inFlight); count += 1) {
      const parts = Array.from({ length: count }, (_, index) => {
        return divideLimits({ inFlight }, { count, index }).inFlight ?? 0;
      });
      assert.equal(
        parts.reduce((sum, part) => sum + part),
        inFlight,
      );
      assert.ok(Math.min(...parts) >= 1);
    }
  }
});

test("owners that start together divide the shards before each knows of the other's lease", async () => {
  await using world = await openEngineWorld();
  const siblings = ["node/1", "node/2"];
  const first = await world.start({ owner: "node/1", siblings });
  assert.equal(first.snapshot().shards, 128);
  const second = await world.start({ owner: "node/2", siblings });
  assert.deepEqual([first.snapshot().shards, second.snapshot().shards], [128, 128]);
});
