import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ENGINE_SETTINGS, openEngineWorld } from "../../../test/harness/engine.ts";
import { createKeyRing } from "../../core/crypto/key-ring.ts";
import { NO_TAP } from "../../core/live/notice.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { systemClock } from "../loops/clock.ts";
import { createMemory } from "./messages.ts";
import { divideLimits, startSenders } from "./start-senders.ts";

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

test("a thread that fails at its start ends the others, and the start is refused", async () => {
  await using world = await openEngineWorld();
  const programs = ["setInterval(() => {}, 1000);", 'throw new Error("no file");'];
  const exits: Promise<unknown>[] = [];
  const starting = startSenders({
    store: world.store,
    owner: "node",
    count: programs.length,
    limits: { inFlight: 2, replayedPerSecond: 1 },
    keys: createKeyRing({
      current: { key: new Uint8Array(32), keyId: 1 },
      previous: null,
      isSettled: true,
    }),
    memory: createMemory(),
    live: { ...NO_TAP, onWants: () => undefined },
    log: { write: () => undefined },
    clock: systemClock,
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics: createMetrics({ processMetrics: false }),
    },
    settings: ENGINE_SETTINGS,
    openThread() {
      const thread = new Worker(programs[exits.length] as string, { eval: true });
      exits.push(new Promise((resolve) => thread.on("exit", resolve)));
      return thread;
    },
    onFailed: () => undefined,
  });
  await assert.rejects(starting, /A sender thread stopped/);
  await Promise.all(exits);
});

test("owners that start together divide the shards before each knows of the other's lease", async () => {
  await using world = await openEngineWorld();
  const siblings = ["node/1", "node/2"];
  const first = await world.start({ owner: "node/1", siblings });
  assert.equal(first.snapshot().shards, 128);
  const second = await world.start({ owner: "node/2", siblings });
  assert.deepEqual([first.snapshot().shards, second.snapshot().shards], [128, 128]);
});
