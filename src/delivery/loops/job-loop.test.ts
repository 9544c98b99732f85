import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openEngineWorld, START } from "../../../test/harness/engine.ts";
import type { EngineWorld } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { AppError } from "../../core/error.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";

/** Two events that an endpoint missed because it was created after them. */
async function makeMissed(world: EngineWorld, url: string): Promise<string> {
  await world.publish(newEvent(), newEvent());
  return (await world.makeEndpoint({ url })).endpointId;
}

async function askForMissed(world: EngineWorld, endpointRef: string): Promise<string> {
  const params = { since: START - 1, until: null, filter: {} };
  const job = { id: "qtask_1", kind: "endpoint.replay", params, createdAt: START } as const;
  await world.store.jobs.create({ appRef: world.app.id, endpointRef, job, idempotencyKey: null });
  return job.id;
}

test("a replay starts when it is requested, keeps its rate, and reports its end", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({ limits: { replayedPerSecond: 4 } });
  const endpoint = await makeMissed(world, receiver.url);
  await world.start();
  const id = await askForMissed(world, endpoint);
  await receiver.until(() => receiver.receipts.length === 1);
  const job = () => world.store.jobs.get({ appRef: null, id });
  // Time stands still, so the second one is not due.
  assert.equal((await job())?.done, 1);
  await eventually(
    () => world.clock.moveBy(250),
    () => receiver.receipts.length === 2,
  );
  await eventually(
    () => {
      world.clock.moveBy(250);
      return job();
    },
    (seen) => seen?.state === "finished",
  );
  await eventually(world.log, (log) => log.includes('"msg":"job ended"'));
});

test("a failed step is repeated later (I7)", async () => {
  await using receiver = await startReceiver();
  let failures = 1;
  await using world = await openEngineWorld({
    wrap: (store) => ({
      ...store,
      jobs: {
        ...store.jobs,
        step: (p) =>
          failures-- > 0
            ? Promise.reject(new AppError("store_unavailable", "the disk is full"))
            : store.jobs.step(p),
      },
    }),
  });
  const endpoint = await makeMissed(world, receiver.url);
  await askForMissed(world, endpoint);
  await world.start();
  await eventually(world.log, (log) => log.includes("the disk is full"));
  assert.equal(receiver.receipts.length, 0);
  await eventually(
    () => world.clock.moveBy(1000),
    () => receiver.receipts.length === 2,
  );
});
