/** I6: 22 attempts in 72 hours, the last one exactly at their end, and the same bytes each time (I2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newEvent, receivedText } from "../contract/store/fixtures.ts";
import { eventually, openEngineWorld, START } from "../harness/engine.ts";
import type { EngineWorld } from "../harness/engine.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receiver } from "../harness/receiver.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The "at" column of the published schedule, written out again: hours, minutes, seconds. */
const SCHEDULE = [
  "00:00:00 00:00:05 00:00:20 00:01:05 00:03:05 00:08:05 00:23:05 00:53:05 01:53:05 03:53:05 07:53:05",
  "13:53:05 19:53:05 25:53:05 31:53:05 37:53:05 43:53:05 49:53:05 55:53:05 61:53:05 67:53:05 72:00:00",
]
  .join(" ")
  .split(" ")
  .map((text) => {
    const [hours, minutes, seconds] = text.split(":").map(Number) as [number, number, number];
    return hours * HOUR + minutes * MINUTE + seconds * SECOND;
  });

test("a receiver that always fails gets 22 attempts, the last at exactly 72:00:00, and then no more", async () => {
  await using receiver = await startReceiver((_receipt, response) => response.writeHead(500).end());
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());

  const times = await walk(world, endpoint.endpointId, receiver);

  assert.equal(times.length, 22);
  for (const [index, offset] of SCHEDULE.entries()) {
    const at = (times[index] as number) - START;
    const step = offset - (SCHEDULE[index - 1] ?? 0);
    const [early, late] = step <= MINUTE ? [0, step] : [0.2 * step, 0.2 * step];
    assert.ok(at >= offset - early && at <= offset + late, `attempt ${index + 1} was at ${at} ms`);
  }
  assert.equal(times[21], START + 72 * HOUR);
  const [delivery] = await world.deliveries(endpoint.endpointId);
  assert.equal(delivery?.status, "failed");
  world.clock.moveBy(100 * HOUR);
  await eventually(
    () =>
      world.store.queue.dueEndpoints({
        owner: "node-1",
        now: world.clock.now(),
        limit: 1,
        except: [],
      }),
    ({ endpointIds, nextDueAt }) => endpointIds.length === 0 && nextDueAt === null,
  );
  assert.equal(receiver.receipts.length, 22);
});

test("the body and the dedupe id are the same on every attempt, although the data has changed in between", async () => {
  await using receiver = await startReceiver((_receipt, response) => response.writeHead(503).end());
  await using world = await openEngineWorld();
  // Only the first event is for this endpoint. The others change the stored data and are delivered nowhere.
  const endpoint = await world.makeEndpoint({
    url: receiver.url,
    eventTypes: ["message.received"],
    channels: ["walked"],
  });
  const participants = { from: "+12065550100", to: "+12065550199" };
  await world.start();
  await world.publish(
    receivedText({ id: "m1", text: "Hello", ...participants }, { channels: ["walked"] }),
  );
  const changes = [
    newEvent({
      type: "contact.updated",
      canonical: {
        contact: participants.from,
        line: participants.to,
        contactFields: { firstName: "Ada" },
      },
    }),
    receivedText({ id: "m2", text: "STOP", ...participants }),
    newEvent({ type: "message.read", canonical: { message: { id: "m1" } } }),
    newEvent({ type: "message.deleted", canonical: { message: { id: "m1" } } }),
  ];

  await walk(world, endpoint.endpointId, receiver, {
    attempts: changes.length + 2,
    async between(index) {
      const change = changes[index];
      if (change !== undefined) await world.publish(change);
    },
  });

  const receipts = receiver.receipts;
  assert.equal(receipts.length, changes.length + 2);
  assert.equal(new Set(receipts.map(({ body }) => body)).size, 1);
  assert.equal(new Set(receipts.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.ok(new Set(receipts.map(({ headers }) => headers["webhook-timestamp"])).size > 1);
  assert.match(receipts[0]?.body ?? "", /Hello/);
});

test("a server that was down for 80 hours still makes the last attempt", async () => {
  await using receiver = await startReceiver((_receipt, response) => response.writeHead(500).end());
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent());
  await walk(world, endpoint.endpointId, receiver, { attempts: 3 });
  await engine.stop({ graceMs: 0 });

  world.clock.moveBy(80 * HOUR);
  assert.equal(receiver.receipts.length, 3, "nothing is sent while the server is down");
  await world.start();
  const [delivery] = await eventually(
    () => world.deliveries(endpoint.endpointId),
    ([only]) => only?.status === "failed",
  );

  // The slot that was waiting when the server went down, and the last one. All slots in between are skipped.
  assert.equal(receiver.receipts.length, 5);
  assert.equal(delivery?.nextAttemptAt, null);
  assert.match(world.log(), /"slots":\[5,6,.*,21\]/);
});

test("a receiver that is back when the server starts after 80 hours gets its pending deliveries", async () => {
  let status = 500;
  await using receiver = await startReceiver((_receipt, response) =>
    response.writeHead(status).end(),
  );
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent());
  await walk(world, endpoint.endpointId, receiver, { attempts: 2 });
  await engine.stop({ graceMs: 0 });

  world.clock.moveBy(80 * HOUR);
  status = 200;
  await world.start();
  await eventually(
    () => world.deliveries(endpoint.endpointId),
    ([only]) => only?.status === "delivered",
  );
  assert.equal(receiver.receipts.length, 3);
});

/** Moves the clock from attempt to attempt. Returns the instant of each one from the attempt log. */
async function walk(
  world: EngineWorld,
  endpointId: string,
  receiver: Receiver,
  until: { attempts?: number; between?: (index: number) => Promise<void> } = {},
): Promise<number[]> {
  const most = until.attempts ?? 100;
  for (let count = 1; count <= most; count++) {
    await receiver.until(() => receiver.receipts.length >= count);
    const attempts = await eventually(
      () => world.attempts(endpointId),
      (seen) => seen.length >= count,
    );
    assert.equal(attempts.length, count);
    if (count === most) break;
    await until.between?.(count - 1);
    const [delivery] = await world.deliveries(endpointId);
    if (delivery === undefined || delivery.nextAttemptAt === null) break;
    assert.ok(delivery.nextAttemptAt > world.clock.now(), "the next attempt is in the future");
    world.clock.moveTo(delivery.nextAttemptAt - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(receiver.receipts.length, count, "nothing is sent before its time");
    world.clock.moveTo(delivery.nextAttemptAt);
  }
  return (await world.attempts(endpointId)).map(({ at }) => at);
}
