/**
 * I2 and I11: which owner may send which deliveries, across stops, crashes, lost leases and changes of the
 * endpoint.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openEngineWorld } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { AppError } from "../../core/error.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";

const MINUTE_MS = 60_000;

test("deliveries of an engine that died are due again under the next owner, and its late outcomes change nothing", async () => {
  await using receiver = await startReceiver((_receipt, response) => {
    if (receiver.receipts.length > 1) response.writeHead(200).end();
  });
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  const first = await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  await first.stop({ graceMs: 0 });
  await world.start();
  await receiver.until(() => receiver.receipts.length === 2);
  await eventually(
    () => world.deliveries(endpoint.endpointId),
    ([only]) => only?.status === "delivered",
  );
  assert.equal((await world.attempts(endpoint.endpointId)).length, 1);
  assert.equal(receiver.receipts[0]?.body, receiver.receipts[1]?.body);
});

test("a stop waits for attempts in flight, records them, and releases the remaining deliveries", async () => {
  let answer = () => {};
  await using receiver = await startReceiver((_receipt, response) => {
    answer = () => void response.writeHead(200).end();
  });
  await using world = await openEngineWorld({ limits: { mostAtOnce: 1 } });
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent(), newEvent(), newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  const stopped = engine.stop({ graceMs: 10_000 });
  answer();
  await stopped;
  assert.equal(receiver.receipts.length, 1);
  const statuses = (await world.deliveries(endpoint.endpointId)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), ["delivered", "pending", "pending"]);
  assert.deepEqual(await world.store.shards.owners(), []);
});

test("I11: after a disabling is acknowledged, no delivery queued in the lane is sent", async () => {
  let answer = () => {};
  await using receiver = await startReceiver((_receipt, response) => {
    answer = () => void response.writeHead(200).end();
  });
  await using world = await openEngineWorld({ limits: { mostAtOnce: 1 } });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent(), newEvent(), newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  assert.equal(engine.snapshot().queued, 2);
  const change = async (status: "enabled" | "disabled") => {
    const change = { status, disabledReason: status === "enabled" ? null : ("by_user" as const) };
    const now = world.clock.now();
    const changed = await world.store.endpoints.update({
      appRef: world.app.id,
      ref: endpointId,
      change,
      now,
    });
    await world.store.endpoints.acknowledged({ endpointId, version: changed?.version ?? 0 });
  };
  await change("disabled");
  answer();
  await eventually(engine.snapshot, ({ leased }) => leased === 0);
  const statuses = (await world.deliveries(endpointId)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), ["delivered", "parked", "parked"]);
  assert.equal(receiver.receipts.length, 1);

  await change("enabled");
  await receiver.until(() => receiver.receipts.length === 2);
});

test("leases of a lost shard that are reported after it was taken again change nothing", async () => {
  let leaseNow = 0;
  let isHeldBack = true;
  const late: (() => void)[] = [];
  const answers: (() => void)[] = [];
  await using receiver = await startReceiver((_receipt, response) => {
    answers.push(() => void response.writeHead(200).end());
  });
  await using world = await openEngineWorld({
    leaseClock: () => leaseNow,
    limits: { mostAtOnce: 1 },
    wrap: (store) => ({
      ...store,
      queue: {
        ...store.queue,
        listen: ({ owner, onLeased }) =>
          store.queue.listen({
            owner,
            onLeased(leased, due) {
              if (isHeldBack) late.push(() => onLeased(leased, due));
              else onLeased(leased, due);
            },
          }),
      },
    }),
  });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  isHeldBack = false;
  leaseNow += 20_000;
  world.clock.moveBy(6000);
  await receiver.until(() => receiver.receipts.length === 1);
  await world.publish(newEvent());
  for (const report of late) report();
  answers[0]?.();
  await receiver.until(() => receiver.receipts.length === 2);
  answers[1]?.();
  await eventually(
    () => world.deliveries(endpointId),
    (all) => all.every(({ status }) => status === "delivered"),
  );
  assert.equal(receiver.receipts.length, 2);
});

test("an owner whose lease has ended is fenced off: its outcomes are rejected and its lanes are dropped", async () => {
  let leaseNow = 0;
  let answerFirst = () => {};
  await using receiver = await startReceiver((_receipt, response) => {
    const answer = () => void response.writeHead(200).end();
    if (receiver.receipts.length === 1) answerFirst = answer;
    else answer();
  });
  await using world = await openEngineWorld({ leaseClock: () => leaseNow });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const former = await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 1);

  leaseNow += 20_000;
  const latter = await world.start();
  await receiver.until(() => receiver.receipts.length === 2);
  answerFirst();
  await eventually(
    () => world.log(),
    (log) => log.includes("outcomes rejected"),
  );
  assert.equal((await world.attempts(endpointId)).length, 1);
  assert.deepEqual([former.snapshot().leased, latter.snapshot().leased], [0, 0]);

  world.clock.moveBy(6000);
  await eventually(former.snapshot, ({ shards, lanes }) => shards === 0 && lanes === 0);
  assert.match(world.log(), /shards lost/);
});

test("while its lease is in doubt an owner starts nothing, and it continues after the renewal", async () => {
  let isAway = false;
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({
    wrap: (store) => ({
      ...store,
      shards: {
        ...store.shards,
        hold: (p) =>
          isAway ? Promise.reject(new AppError("store_unavailable", "away")) : store.shards.hold(p),
      },
    }),
  });
  await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  isAway = true;
  world.clock.moveBy(16_000);
  await world.publish(newEvent());
  await eventually(engine.snapshot, ({ queued }) => queued === 1);
  await eventually(world.log, (log) => log.includes("store unavailable"));
  assert.equal(receiver.receipts.length, 0);
  assert.match(world.log(), /sending is suspended/);
  isAway = false;
  world.clock.moveBy(5000);
  await receiver.until(() => receiver.receipts.length === 1);
});

test("I11: a changed URL applies to the next attempt", async () => {
  await using former = await startReceiver((_receipt, response) => response.writeHead(500).end());
  await using latter = await startReceiver();
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: former.url });
  await world.start();
  await world.publish(newEvent());
  await eventually(
    () => world.attempts(endpointId),
    ({ length }) => length === 1,
  );
  const changed = await world.store.endpoints.update({
    appRef: world.app.id,
    ref: endpointId,
    change: { url: latter.url },
    now: world.clock.now(),
  });
  await world.store.endpoints.acknowledged({ endpointId, version: changed?.version ?? 0 });
  world.clock.moveBy(MINUTE_MS);
  await latter.until(() => latter.receipts.length === 1);
  assert.equal(former.receipts.length, 1);
});
