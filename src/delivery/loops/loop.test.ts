import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import { createLoop, NEVER } from "./loop.ts";

const START = 1_000_000;

/** Each call waits until the test ends it; `nextMs` is its result. */
function openLoop() {
  const clock = createMovedClock(START);
  const begun: number[] = [];
  const reported: string[] = [];
  let ending: PromiseWithResolvers<number> | null = null;
  const loop = createLoop({
    clock,
    calls: { worked: () => reported.push("worked"), failed: () => reported.push("failed") },
    backoff: { firstMs: 100, lastMs: 300 },
    work() {
      begun.push(clock.now() - START);
      ending = Promise.withResolvers();
      return ending.promise;
    },
  });
  return {
    clock,
    loop,
    begun,
    reported,
    async end(nextMs: number) {
      ending?.resolve(START + nextMs);
      await turn();
    },
    async fail() {
      ending?.reject(new Error("The store is away."));
      await turn();
    },
    async moveTo(ms: number) {
      clock.moveTo(START + ms);
      await turn();
    },
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("a loop runs at the instant that its work returned, and at once if that has passed", async () => {
  const { loop, begun, end, moveTo } = openLoop();
  loop.wakeAt(START + 50);
  await moveTo(49);
  assert.deepEqual(begun, []);
  await moveTo(50);
  await end(50);
  assert.deepEqual(begun, [50, 50], "the instant has passed");
  await end(70);
  await moveTo(69);
  assert.deepEqual(begun, [50, 50]);
  await moveTo(70);
  await end(NEVER);
  await moveTo(1_000_000);
  assert.deepEqual(begun, [50, 50, 70]);
});

test("a wake-up never runs the work synchronously, and several share one call", async () => {
  const { loop, begun } = openLoop();
  loop.wake();
  loop.wakeAt(START - 1);
  loop.wake();
  assert.deepEqual(begun, []);
  await turn();
  assert.deepEqual(begun, [0]);
});

test("a wake-up during a call leads to one more call, and a later request does not delay it", async () => {
  const { loop, begun, end, moveTo } = openLoop();
  loop.wake();
  await turn();
  loop.wakeAt(START + 20);
  loop.wakeAt(START + 30);
  await end(500);
  assert.deepEqual(begun, [0]);
  await moveTo(20);
  assert.deepEqual(begun, [0, 20]);
  loop.wake();
  await end(500);
  assert.deepEqual(begun, [0, 20, 20]);
});

test("an earlier request moves a timer forward", async () => {
  const { loop, begun, moveTo } = openLoop();
  loop.wakeAt(START + 500);
  loop.wakeAt(START + 20);
  await moveTo(20);
  assert.deepEqual(begun, [20]);
});

test("the pause after a failure doubles, no wake-up shortens it, and a success ends the series", async () => {
  const { loop, begun, reported, end, fail, moveTo } = openLoop();
  loop.wake();
  await turn();
  await fail();
  loop.wake();
  loop.wakeAt(START + 10);
  await moveTo(99);
  assert.deepEqual(begun, [0]);
  await moveTo(100);
  await fail();
  await moveTo(300);
  await fail();
  await moveTo(599);
  assert.deepEqual(begun, [0, 100, 300], "the third pause is the longest one");
  await moveTo(600);
  await end(610);
  await moveTo(610);
  await fail();
  await moveTo(710);
  assert.deepEqual(begun, [0, 100, 300, 600, 610, 710]);
  assert.deepEqual(reported, ["failed", "failed", "failed", "worked", "failed"]);
});

test("a resumed loop waits only for the first pause, and is not repeated without a failure", async () => {
  const { loop, begun, end, fail, moveTo } = openLoop();
  loop.resume();
  await turn();
  assert.deepEqual(begun, [], "nothing was due");
  loop.wake();
  await turn();
  await fail();
  await moveTo(100);
  await fail();
  loop.resume();
  await moveTo(199);
  assert.deepEqual(begun, [0, 100]);
  await moveTo(200);
  assert.deepEqual(begun, [0, 100, 200]);
  await fail();
  await moveTo(450);
  loop.resume();
  await turn();
  assert.deepEqual(begun, [0, 100, 200, 450], "the first pause is over already");
  await end(NEVER);
  await moveTo(10_000);
  assert.equal(begun.length, 4);
});

test("a stopped loop starts no call, and the failure of the present one is not reported", async () => {
  const { loop, begun, reported, fail, moveTo } = openLoop();
  loop.wake();
  await turn();
  loop.stop();
  await fail();
  loop.wake();
  loop.wakeAt(START + 10);
  loop.resume();
  await moveTo(10_000);
  assert.equal(loop.isStopped(), true);
  assert.deepEqual(begun, [0]);
  assert.deepEqual(reported, []);

  const waiting = openLoop();
  waiting.loop.wakeAt(START + 10);
  waiting.loop.stop();
  await waiting.moveTo(10);
  assert.deepEqual(waiting.begun, []);
});
