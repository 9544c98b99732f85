import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newEvent } from "../../../../test/contract/store/fixtures.ts";
import { PUBLISH } from "./group-commit.ts";
import { createWriterQueue, type WriterQueue } from "./writer-queue.ts";

describe("calls that wait for the writer", () => {
  const publish = (queue: WriterQueue, app: string, id: number, events = 1) =>
    queue.add({
      id,
      name: PUBLISH,
      p: { appRef: app, events: Array.from({ length: events }, () => newEvent()) },
      app,
    });
  const outcomes = (queue: WriterQueue, id: number, count = 1) =>
    queue.add({ id, name: "queue.record", p: { outcomes: Array.from({ length: count }) } });
  /** Each call of a group takes `workMs`. */
  const nextGroup = (queue: WriterQueue, clock: { now: number }, workMs = 0): number[] => {
    const ids: number[] = [];
    for (const { id } of queue.takeGroup()) {
      ids.push(id);
      clock.now += workMs;
    }
    return ids;
  };

  test("outcomes, leases and changes come before publishes that waited longer", () => {
    const clock = { now: 0 };
    const queue = createWriterQueue(() => clock.now);
    publish(queue, "a", 1);
    outcomes(queue, 2);
    queue.add({ id: 3, name: "shards.hold", p: {} });
    publish(queue, "b", 4);
    assert.deepEqual(nextGroup(queue, clock), [2, 3, 1, 4]);
    assert.equal(queue.size, 0);
  });

  test("a group ends after 25 ms of work, and the rest goes on in turn", () => {
    const clock = { now: 0 };
    const queue = createWriterQueue(() => clock.now);
    for (let id = 1; id <= 5; id += 1) publish(queue, "a", id);
    assert.deepEqual(nextGroup(queue, clock, 10), [1, 2, 3]);
    publish(queue, "b", 6);
    assert.deepEqual(nextGroup(queue, clock, 10), [6, 4, 5]);
  });

  test("a large batch is a group alone, between two groups of other calls", () => {
    const clock = { now: 0 };
    const queue = createWriterQueue(() => clock.now);
    publish(queue, "a", 1, 1_000);
    publish(queue, "a", 2, 1_000);
    outcomes(queue, 3);
    publish(queue, "b", 4);
    assert.deepEqual(nextGroup(queue, clock), [3, 4]);
    outcomes(queue, 5);
    assert.deepEqual(nextGroup(queue, clock), [1]);
    assert.deepEqual(nextGroup(queue, clock), [5]);
    outcomes(queue, 6);
    assert.deepEqual(nextGroup(queue, clock), [2]);
    assert.deepEqual(nextGroup(queue, clock), [6]);
  });

  test("publishes have every second group when other calls fill all the time", () => {
    const clock = { now: 0 };
    const queue = createWriterQueue(() => clock.now);
    for (let id = 1; id <= 9; id += 1) outcomes(queue, id);
    publish(queue, "a", 10);
    assert.deepEqual(nextGroup(queue, clock, 10), [1, 2, 3]);
    assert.deepEqual(nextGroup(queue, clock, 10), [10, 4, 5]);
    assert.deepEqual(nextGroup(queue, clock, 10), [6, 7, 8]);
  });

  test("a publish that arrives during another call of a group joins it", () => {
    const queue = createWriterQueue(() => 0);
    queue.add({ id: 1, name: "upkeep.sweep", p: {} });
    assert.equal(queue.hasPublishes(), false);
    const ids: number[] = [];
    for (const { id } of queue.takeGroup()) {
      ids.push(id);
      if (id !== 1) continue;
      outcomes(queue, 2);
      publish(queue, "a", 3);
      assert.equal(queue.hasPublishes(), true);
    }
    assert.deepEqual(ids, [1, 2, 3]);
    assert.deepEqual([queue.size, queue.hasPublishes()], [0, false]);
  });

  test("a call larger than a group is a group alone", () => {
    const clock = { now: 0 };
    const queue = createWriterQueue(() => clock.now);
    outcomes(queue, 1, 5_000);
    outcomes(queue, 2);
    assert.deepEqual(nextGroup(queue, clock), [1]);
    assert.deepEqual(nextGroup(queue, clock), [2]);
  });
});
