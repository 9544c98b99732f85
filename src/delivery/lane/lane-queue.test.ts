import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import { createLaneQueue, putIn, queuedIn, takeAllFrom, takeFrom } from "./lane-queue.ts";

/** The queue reads only the attempts of a delivery. */
function delivery(deliveryId: number, attempts: number): LeasedDelivery {
  return { deliveryId, attempts } as LeasedDelivery;
}

function createQueue(fresh: number, again: number) {
  const queue = createLaneQueue();
  for (let i = 0; i < again; i++) putIn(queue, delivery(1000 + i, 1));
  for (let i = 0; i < fresh; i++) putIn(queue, delivery(i, 0));
  return queue;
}

test("with both kinds waiting, three new deliveries go for each retry, and each kind keeps its order", () => {
  const queue = createQueue(7, 3);
  const taken = Array.from({ length: 10 }, () => takeFrom(queue).deliveryId);
  assert.deepEqual(taken, [0, 1, 2, 1000, 3, 4, 5, 1001, 6, 1002]);
  assert.equal(queuedIn(queue), 0);
});

test("one kind alone is sent without interruption", () => {
  for (const queue of [createQueue(200, 0), createQueue(0, 200)]) {
    const taken = Array.from({ length: 150 }, () => takeFrom(queue).deliveryId);
    assert.deepEqual(
      taken.map((id) => id % 1000),
      Array.from({ length: 150 }, (_, i) => i),
    );
    assert.equal(queuedIn(queue), 50);
    assert.equal(takeAllFrom(queue).length, 50);
    assert.equal(queuedIn(queue), 0);
  }
});
