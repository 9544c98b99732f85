/**
 * F13: the wall clock of a running server is stepped by an hour and by three days, in both directions. One
 * receiver is healthy and another one refuses. New events are delivered at once and leases stay valid. The
 * step causes at most one further attempt of a delivery, and none fails for good early.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../harness/check-store.ts";
import { call, temporaryFolder } from "../harness/server.ts";
import { createSteppedClock } from "./harness/stepped-clock.ts";
import { until } from "./harness/until.ts";
import { assertKept, openWorld } from "./harness/world.ts";

const HOUR_MS = 3_600_000;
const STEPS = [
  ["an hour ahead", HOUR_MS],
  ["an hour back", -HOUR_MS],
  ["three days ahead", 72 * HOUR_MS],
  ["three days back", -72 * HOUR_MS],
] as const;
const LOAD = { publishers: 2, batch: 5, eventsPerSecond: 100 };
const PENDING = 50;
const SETTLE_MS = 8_000;
/** The wait after a step, long enough for every retry that became due by it. */
const AFTER_STEP_MS = 4_000;

for (const [name, offsetMs] of STEPS) {
  test(`F13 the clock is stepped ${name}: no storm, no lost lease, new events at once`, async (t) => {
    using folder = temporaryFolder();
    const clock = createSteppedClock(folder.path);
    let isDown = true;
    let refused = 0;
    await using world = await openWorld({
      file: `${folder.path}/hookline.db`,
      endpoints: 2,
      settings: clock.settings,
      answer(request, response) {
        const status = isDown && request.path === "/hook-1" ? 503 : 200;
        if (status === 503) refused += 1;
        response.writeHead(status).end();
      },
    });
    await using server = await world.start();
    await world.setUp(server);
    const first = world.load(server, { ...LOAD, name: "before" });
    await until("enough is acknowledged", () => world.acknowledged() >= PENDING);
    await first.stop();
    const pendingCount = world.acknowledged();
    const healthy = () => world.receipts.filter(({ endpoint }) => endpoint === "/hook-0").length;
    await until("all events have arrived at the healthy endpoint", () => healthy() >= pendingCount);

    const refusedBefore = refused;
    clock.setOffset(offsetMs);
    const second = world.load(server, { ...LOAD, name: "after" });
    await sleep(AFTER_STEP_MS);
    await second.stop();
    const all = world.acknowledged();
    await until("the events published after the step have arrived", () => healthy() >= all);
    const tries = refused - refusedBefore;
    t.diagnostic(
      `${pendingCount} pending, ${all - pendingCount} published after the step, ${tries} tries at the endpoint that refuses`,
    );
    // Each delivery is attempted once because the step made it due, and once by its schedule on a slow
    // machine.
    assert.ok(tries <= 2 * all, "a storm of retries");
    const readMetrics = async () => await (await fetch(`${server.url}/metrics`)).text();
    await until("sent deliveries are recorded", async () =>
      /^hookline_engine\{of="unrecorded"\} 0$/m.test(await readMetrics()),
    );
    const metrics = await readMetrics();
    assert.match(metrics, /^hookline_outcomes_stale_total 0$/m, "a lease was lost");
    assert.match(metrics, /^hookline_engine\{of="shards"\} 256$/m);

    isDown = false;
    clock.setOffset(0);
    // Retries that were scheduled while the clock was ahead are due later: they are pending, and not lost.
    await world.settle(server, SETTLE_MS);
    assertKept(t, await world.verdict(server, 0));
    assert.equal(await server.stop(), 0);
  });
}

test("F13 a delivery that is being retried does not fail for good because the clock is stepped three days ahead", async (t) => {
  using folder = temporaryFolder();
  const clock = createSteppedClock(folder.path);
  let tries = 0;
  await using world = await openWorld({
    file: `${folder.path}/hookline.db`,
    settings: clock.settings,
    answer(_request, response) {
      tries += 1;
      response.writeHead(503).end();
    },
  });
  await using server = await world.start();
  await world.setUp(server);
  const event = { eventType: "load.test", payload: {} };
  await call(server.url, "POST", `/app/${world.app}/msg`, event);
  await until("it is tried", () => tries === 1);
  clock.setOffset(72 * HOUR_MS);
  await until("it is tried again", () => tries === 2);
  // The third attempt is due minutes after the second, and not at once.
  await sleep(AFTER_STEP_MS);
  assert.equal(tries, 2);
  await server.stop();
  const { pending, failed } = await checkStore(world.settings);
  t.diagnostic(`${pending} still pending, ${failed} failed for good`);
  assert.deepEqual([pending, failed], [1, 0]);
});
