import assert from "node:assert/strict";
import { test } from "node:test";
import { START } from "../../../test/contract/store/harness.ts";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import type { EngineEvent } from "../engine-events.ts";
import { createShardLease } from "./shard-lease.ts";

test("a new owner recovers all endpoints in steps, and claims when the last one is done", async () => {
  const steps: (number | "due")[] = [];
  const lease = createShardLease({
    store: {
      owners: async () => [],
      hold: async () => [{ shard: 0, fence: 1 }],
      async recover({ after = 0 }) {
        steps.push(after);
        return { endpoints: 1, next: after < 20 ? after + 10 : null };
      },
      onFreed: () => undefined,
    },
    owner: "node-a",
    siblings: [],
    clock: createMovedClock(START),
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics: createMetrics({ processMetrics: false }),
    },
    leaseMs: 15_000,
    atMost: 1,
    registry: { underWay: () => 0 },
    emit: (event: EngineEvent) => void (event.kind === "due" && steps.push("due")),
  });
  await lease.start();
  lease.stop();
  assert.deepEqual(steps, [0, 10, 20, "due"]);
});
