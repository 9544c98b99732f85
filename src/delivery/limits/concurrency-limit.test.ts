/** I4: the slots are shared between applications. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLane, type Lane } from "../lane/lane.ts";
import { createConcurrencyLimit, type ConcurrencyLimit } from "./concurrency-limit.ts";

const AT_ONCE = 64;

function makeLane(appId: string, isFast = false): Lane {
  const lane = createLane({ endpointId: appId, snapshot: { appId } } as never, AT_ONCE);
  lane.adaptive.isFast = isFast;
  return lane;
}

/** Acquires slots until the lane has to wait; returns their number. */
function acquireAll(concurrency: ConcurrencyLimit, lane: Lane): number {
  let count = 0;
  while (concurrency.acquire(lane)) count += 1;
  return count;
}

test("slow endpoints of one application leave slots for new endpoints of others", () => {
  const concurrency = createConcurrencyLimit(100);
  const hung = Array.from({ length: 20 }, () => makeLane("hung"));
  const held = hung.reduce((sum, lane) => sum + acquireAll(concurrency, lane), 0);
  assert.equal(held, 60, "four fifths of three quarters");
  assert.ok(concurrency.acquire(makeLane("new")));
  assert.ok(concurrency.acquire(makeLane("other", true)));
});

test("a fast endpoint finds a slot when many applications hold slow ones", () => {
  const concurrency = createConcurrencyLimit(100);
  for (let n = 0; n < 50; n++) acquireAll(concurrency, makeLane(`hung ${n}`));
  assert.equal(concurrency.taken(), 75);
  assert.ok(concurrency.acquire(makeLane("fast", true)));
});

test("a released slot goes to the applications in turn, not to the longest queue", () => {
  const concurrency = createConcurrencyLimit(4);
  const holders = ["a", "b", "c"].map((appId) => makeLane(appId));
  for (const lane of holders) assert.ok(concurrency.acquire(lane));
  const crowd = Array.from({ length: 10 }, () => makeLane("crowd"));
  for (const lane of crowd) assert.ok(!concurrency.acquire(lane));
  const late = makeLane("late");
  assert.ok(!concurrency.acquire(late));
  assert.equal(concurrency.waiting(), 11);
  concurrency.release(holders[0] as Lane, false);
  assert.equal(concurrency.admit(), crowd[0]);
  assert.ok(concurrency.acquire(crowd[0] as Lane));
  concurrency.release(holders[1] as Lane, false);
  assert.equal(concurrency.admit(), late);
});

test("an application at its share waits while others are admitted, and is admitted later", () => {
  const concurrency = createConcurrencyLimit(8);
  const first = makeLane("first");
  const second = makeLane("second");
  const held = acquireAll(concurrency, first);
  assert.equal(held, 5);
  assert.ok(concurrency.acquire(second));
  assert.equal(concurrency.admit(), null, "the first holds its share");
  concurrency.release(first, false);
  concurrency.release(first, false);
  assert.equal(concurrency.admit(), first);
  for (let n = 0; n < held - 2; n++) concurrency.release(first, false);
  concurrency.release(second, false);
  assert.equal(concurrency.taken(), 0);
});

test("a dropped lane loses its turn", () => {
  const concurrency = createConcurrencyLimit(2);
  const holder = makeLane("holder");
  assert.ok(concurrency.acquire(holder));
  const dropped = makeLane("dropped");
  const waiting = makeLane("waiting");
  for (const lane of [dropped, waiting]) assert.ok(!concurrency.acquire(lane));
  dropped.isDropped = true;
  concurrency.release(holder, false);
  assert.equal(concurrency.admit(), waiting);
  assert.equal(concurrency.waiting(), 0);
});
