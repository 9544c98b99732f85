/** Outcomes that the store cannot write, for good or for a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openEngineWorld } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { AppError } from "../../core/error.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import type { QueueStore, RecordedOutcome } from "../../store/interface/queue.ts";
import type { Store } from "../../store/store.ts";

const EVENTS = 40;

type Recording = QueueStore["record"];

function recordingBy(
  record: (p: Parameters<Recording>[0], queue: QueueStore) => ReturnType<Recording>,
): (store: Store) => Store {
  return (store) => ({
    ...store,
    queue: { ...store.queue, record: (p) => record(p, store.queue) },
  });
}

/** Its time is not a whole number of milliseconds, so no column can store it. */
function unwritable(outcome: RecordedOutcome): RecordedOutcome {
  const { attempt } = outcome;
  return attempt === null ? outcome : { ...outcome, attempt: { ...attempt, at: attempt.at + 0.5 } };
}

test("an outcome that the store cannot write delays no other, and is written once it can be", async () => {
  let poison: number | null = null;
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({
    wrap: recordingBy((p, { record }) => {
      poison ??= p.outcomes[0]?.deliveryId ?? 0;
      const outcomes = p.outcomes.map((outcome) =>
        outcome.deliveryId === poison ? unwritable(outcome) : outcome,
      );
      return record({ ...p, outcomes });
    }),
  });
  function cure(): void {
    poison = -1;
    world.clock.moveBy(60_000);
  }
  // Otherwise the engine of a failing test would wait for a time that never comes.
  using _cured = { [Symbol.dispose]: cure };
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(...Array.from({ length: EVENTS }, () => newEvent()));
  const all = await eventually(
    () => world.deliveries(endpointId),
    (rows) => rows.filter(({ status }) => status === "delivered").length === EVENTS - 1,
  );
  assert.equal(all.length, EVENTS);
  assert.equal(engine.snapshot().unrecorded, 1);
  assert.match(world.log(), /outcome cannot be written/);
  assert.doesNotMatch(world.log(), /store unavailable/);
  cure();
  await eventually(
    () => world.deliveries(endpointId),
    (rows) => rows.every(({ status }) => status === "delivered"),
  );
  assert.equal(receiver.receipts.length, EVENTS);
});

test("I7: while the store cannot be written, outcomes wait, and no attempt is repeated or lost", async () => {
  let failures = 3;
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({
    wrap: recordingBy((p, { record }) =>
      failures-- > 0
        ? Promise.reject(new AppError("store_unavailable", "the disk is full"))
        : record(p),
    ),
  });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent(), newEvent());
  await receiver.until(() => receiver.receipts.length === 2);
  await eventually(
    () => engine.snapshot().unrecorded,
    (count) => count === 2,
  );
  for (let i = 0; i < 10; i++) {
    world.clock.moveBy(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(
    () => world.deliveries(endpointId),
    (all) => all.every(({ status }) => status === "delivered"),
  );
  assert.equal(receiver.receipts.length, 2);
  assert.equal((await world.attempts(endpointId)).length, 2);
  // Each failed call is counted; the log has one line for the start of the outage and one for its end.
  assert.equal([...world.log().matchAll(/store unavailable: publishers get/g)].length, 1);
  assert.match(world.log(), /"reason":"the disk is full"[^\n]*store unavailable/);
  assert.equal([...world.log().matchAll(/store available again/g)].length, 1);
  assert.doesNotMatch(world.log(), /"stack"/);
});

test("I7: outcomes left by an outage are recorded with the first event that is accepted after it", async () => {
  let isAway = true;
  let tries = 0;
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({
    wrap: recordingBy((p, { record }) => {
      tries += 1;
      return isAway
        ? Promise.reject(new AppError("store_unavailable", "the disk is full"))
        : record(p);
    }),
  });
  function comeBack(): void {
    isAway = false;
    world.clock.moveBy(60_000);
  }
  // Otherwise the engine of a failing test would wait for a time that never comes.
  using _back = { [Symbol.dispose]: comeBack };
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  for (const [failed, pauseMs] of [100, 200, 400].entries()) {
    await eventually(
      () => tries,
      (count) => count === failed + 1,
    );
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.moveBy(pauseMs);
  }
  await eventually(
    () => tries,
    (count) => count === 4,
  );
  isAway = false;
  // Its next try is 800 ms away, and time stands still.
  world.clock.moveBy(100);
  await world.publish(newEvent());
  await eventually(
    () => world.deliveries(endpointId),
    (all) => all.length === 2 && all.every(({ status }) => status === "delivered"),
  );
  assert.equal(receiver.receipts.length, 2);
});
