import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/error.ts";
import { createStoreHealth } from "./store-health.ts";

const UNAVAILABLE = { code: "store_unavailable" };

function openHealth() {
  const world = { now: 0, pings: 0, fails: false };
  const health = createStoreHealth({
    now: () => world.now,
    async ping() {
      world.pings += 1;
      if (world.fails) throw new AppError("store_unavailable", "The disk is full.");
    },
  });
  return { world, health };
}

test("health probes the store at most once a second, once for all concurrent requests", async () => {
  const { world, health } = openHealth();
  await Promise.all([health.check(), health.check(), health.check()]);
  world.now = 999;
  await health.check();
  assert.equal(world.pings, 1);
  world.now = 1_000;
  await health.check();
  assert.equal(world.pings, 2);
});

test("health fails only while the probe fails", async () => {
  const { world, health } = openHealth();
  world.fails = true;
  await assert.rejects(health.check(), UNAVAILABLE);
  world.fails = false;
  await assert.rejects(health.check(), UNAVAILABLE, "the answer is a second old at most");
  world.now = 1_000;
  await health.check();
});

test("health fails between probes once three publishes in a row failed, and recovers with the first that succeeds", async () => {
  const { health } = openHealth();
  await health.check();
  health.notStored();
  health.notStored();
  await health.check();
  health.notStored();
  await assert.rejects(health.check(), UNAVAILABLE);
  health.stored();
  await health.check();
});

test("without publishes the probe decides 5 seconds after the last failure, and the next failure counts at once", async () => {
  const { world, health } = openHealth();
  for (let count = 0; count < 3; count++) health.notStored();
  world.now = 4_999;
  await assert.rejects(health.check(), UNAVAILABLE);
  world.now = 5_000;
  await health.check();
  health.notStored();
  await assert.rejects(health.check(), UNAVAILABLE);
});

test("a store that does not answer the probe fails health after 5 seconds", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const health = createStoreHealth({ now: () => 0, ping: () => new Promise(() => undefined) });
  const checked = assert.rejects(health.check(), UNAVAILABLE);
  t.mock.timers.tick(5_000);
  await checked;
});
