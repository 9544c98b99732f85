import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovedClock } from "../../test/harness/moved-clock.ts";
import { START } from "../../test/harness/engine.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import type { RecordedOutcome } from "../store/queue.ts";
import { createLane } from "./lane.ts";
import { createRecorder } from "./recorder.ts";

const LANE = createLane({ endpointId: "ep_1", shard: 0, fence: 1 } as never, 4);

/** Each commit takes `tookMs`, and how many outcomes it held is noted. */
function openRecorder(p: { tookMs: number; gatherMs: (tookMs: number) => number }) {
  const clock = createMovedClock(START);
  const commits: number[] = [];
  const recorder = createRecorder({
    store: {
      async record({ outcomes }) {
        clock.moveBy(p.tookMs);
        commits.push(outcomes.length);
        return { stale: [], due: [], untold: 0 };
      },
      async release() {},
      gatherMs: ({ tookMs }) => p.gatherMs(tookMs),
    },
    clock,
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics: createMetrics({ processMetrics: false }),
    },
    limit: 10_000,
    onSettled: () => undefined,
    onDue: () => undefined,
    onRoom: () => undefined,
  });
  const record = (count: number) => {
    for (let n = 0; n < count; n++) recorder.record(LANE, {} as RecordedOutcome);
  };
  return { clock, commits, recorder, record };
}

/** All that can go on without time going on. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("outcomes gather for as long as the store asks, and the first one never waits", async () => {
  const { clock, commits, recorder, record } = openRecorder({
    tookMs: 5,
    gatherMs: (tookMs) => 2 * tookMs,
  });
  record(1);
  await turn();
  assert.deepEqual(commits, [1]);
  record(1);
  await turn();
  clock.moveBy(9);
  record(2);
  await turn();
  assert.deepEqual(commits, [1], "10 ms have not gone by");
  clock.moveBy(1);
  await recorder.drained();
  assert.deepEqual(commits, [1, 3]);
});

test("what fills a commit waits for nothing, and neither does anything with a store that is near", async () => {
  const far = openRecorder({ tookMs: 5, gatherMs: () => 1000 });
  far.record(1);
  await turn();
  far.record(600);
  await turn();
  assert.deepEqual(far.commits, [1, 512]);
  far.clock.moveBy(1000);
  await far.recorder.drained();
  assert.deepEqual(far.commits, [1, 512, 88]);

  const near = openRecorder({ tookMs: 5, gatherMs: () => 0 });
  near.record(1);
  await turn();
  near.record(1);
  await near.recorder.drained();
  assert.deepEqual(near.commits, [1, 1]);
});
