/**
 * F26, for I1, I2 and I12: load at 70 % of the machine's capacity, for as long as the run allows, with a
 * SIGKILL every minute. At the end every delivery is accounted for, and memory has not grown.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../harness/check-store.ts";
import { temporaryFolder } from "../harness/server.ts";
import { isTrial, pickLength, millisecondsText } from "./harness/length.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";

const MINUTE_MS = 60_000;
const LIFE_MS = isTrial ? 10_000 : MINUTE_MS;
/** The whole file is recounted between two runs of the server, which takes longer as it grows. */
const SOAK_MS = isTrial ? LIFE_MS : pickLength({ short: 4, long: 120 }) * MINUTE_MS;
const MEASURE_MS = 5_000;
const LOAD = { publishers: 8, batch: 10 };
const SHARE = 0.7;
/** The most that this process can handle as publisher, receiver and checker, and can keep in memory. */
const MOST_PER_SECOND = 300;
/** The allowed ratio of memory in later runs to memory in the first ones. More is growth. */
const MEMORY_ROOM = 1.3;
const MEMORY_ROOM_BYTES = 64 * 1024 * 1024;

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

test(`F26 runs of ${LIFE_MS / 1000} s under load for ${SOAK_MS / MINUTE_MS} minutes, each ended by SIGKILL: all accounted for, memory flat`, async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  await using world = await openWorld({ file });
  let eventsPerSecond = 0;
  {
    await using first = await world.start();
    await world.setUp(first);
    const load = world.load(first, { ...LOAD, name: "measure" });
    await sleep(MEASURE_MS);
    await load.stop();
    const capacity = (world.acknowledged() * 1000) / MEASURE_MS;
    eventsPerSecond = Math.min(capacity * SHARE, MOST_PER_SECOND);
    t.diagnostic(
      `${Math.round(capacity)} events/s at most, ${Math.round(eventsPerSecond)} for the soak`,
    );
    await world.settle(first);
    await first.stop();
  }
  const memory: number[] = [];
  let inFlight = 0;
  const endsAt = performance.now() + SOAK_MS;
  for (let life = 0; performance.now() < endsAt; life += 1) {
    await using server = await world.start();
    const load = world.load(server, { ...LOAD, name: `l${life}`, eventsPerSecond });
    await sleep(LIFE_MS);
    memory.push(residentBytes(server.child.pid as number));
    await server.kill();
    await load.ended;
    inFlight = await world.unrecorded();
  }
  assertIntact(file);
  await using server = await world.start();
  await world.settle(server, 120_000);
  assertKept(t, await world.verdict(server, inFlight), `in flight at the kills ${inFlight}`);
  const { created, delivered, pending } = await checkStore(world.settings);
  assert.deepEqual([delivered, pending], [created, 0], "created = delivered, and nothing pending");
  assert.equal(await server.stop(), 0);

  const early = memory.slice(0, Math.max(1, Math.floor(memory.length / 3)));
  const mib = memory.map((bytes) => Math.round(bytes / 1024 / 1024));
  t.diagnostic(`${memory.length} lives`);
  t.diagnostic(`memory at the end of each life: ${mib.join(", ")} MiB`);
  t.diagnostic(`restart: ${millisecondsText(world.startsMs.slice(1))}`);
  const bound = Math.max(...early) * MEMORY_ROOM + MEMORY_ROOM_BYTES;
  assert.ok((memory.at(-1) ?? 0) <= bound, "the last life needed more memory than the first ones");
});
