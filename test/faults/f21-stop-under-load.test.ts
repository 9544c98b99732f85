/**
 * F21, for I2: SIGTERM under load, with slow receivers. The server exits with code 0 within its grace period.
 * A delivery is repeated only when it was unanswered at the end of the period.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../harness/server.ts";
import { pickCycles, millisecondsText } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f21-stop-under-load");

const STOPS = pickCycles({ short: 4, long: 60 });
const LOAD = { publishers: 4, batch: 10 };
const LONGEST_LIFE_MS = 800;
const GRACE_MS = 2_000;
/** The time to record the last outcomes, release the shards and close the file, on a busy machine. */
const BEYOND_GRACE_MS = 10_000;
/** Some answers come within the grace period and some do not. */
const SLOWEST_ANSWER_MS = 4_000;
const ENDPOINTS = 6;

test(`F21 stopped ${STOPS} times under load, the server ends with code 0 within its grace and loses nothing`, async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  let isSlow = true;
  await using world = await openWorld({
    file,
    endpoints: ENDPOINTS,
    settings: { HOOKLINE_STOP_GRACE: `${GRACE_MS / 1000}s` },
    answer: (_request, response) => {
      const afterMs = isSlow ? (draws.below(1000) / 1000) ** 2 * SLOWEST_ANSWER_MS : 0;
      setTimeout(() => response.writeHead(200).end(), afterMs);
    },
  });
  {
    await using first = await world.start();
    await world.setUp(first);
    await first.stop();
  }
  const stopsMs: number[] = [];
  let inFlight = 0;
  for (let stop = 0; stop < STOPS; stop += 1) {
    await using server = await world.start();
    const before = world.receipts.length;
    const load = world.load(server, { ...LOAD, name: `s${stop}` });
    await until("something new arrives", () => world.receipts.length > before);
    await sleep(draws.below(LONGEST_LIFE_MS));
    const askedAt = performance.now();
    assert.equal(await server.stop(), 0, server.stderr());
    stopsMs.push(performance.now() - askedAt);
    await load.ended;
    assert.equal(server.stderr(), "");
    inFlight = await world.unrecorded();
  }
  t.diagnostic(`stop: ${millisecondsText(stopsMs)}, of which grace ${GRACE_MS} ms`);
  assert.ok(Math.max(...stopsMs) < GRACE_MS + BEYOND_GRACE_MS);
  assert.ok(inFlight > 0, "no stop left a request unanswered");
  isSlow = false;
  await using server = await world.start();
  await world.settle(server);
  assertKept(t, await world.verdict(server, inFlight), `unanswered at the stops ${inFlight}`);
  assert.equal(await server.stop(), 0);
  assertIntact(file);
});
