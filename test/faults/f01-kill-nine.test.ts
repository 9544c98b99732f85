/**
 * F1, for I1 and I2: SIGKILL at random instants under load, repeatedly, on one store file. The control is a
 * program that answers before it commits; the same test must find the events that it loses.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { temporaryFolder } from "../harness/server.ts";
import { pickCycles, millisecondsText } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld, type World } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f01-kill-nine");

const KILLS = pickCycles({ short: 20, long: 200 });
const CONTROL_KILLS = 2;
const LONGEST_LIFE_MS = 800;
/** The answers are slow, so that every kill finds requests in flight. */
const SLOWEST_ANSWER_MS = 40;
const ENDPOINTS = 2;
const LOAD = { publishers: 8, batch: 10 };
/** The limit is far above the duration of a start. A server that takes longer after a kill is down. */
const SLOWEST_START_MS = 60_000;

/** All groups of a life share one transaction without COMMIT, so every kill loses acknowledged events. */
const ANSWER_FIRST: readonly Edit[] = [
  {
    file: "src/store/sqlite/thread/group-commit.ts",
    from: `writer.sql("BEGIN IMMEDIATE").run();`,
    to: `if (!writer.db.isTransaction) writer.sql("BEGIN IMMEDIATE").run();`,
  },
  {
    file: "src/store/sqlite/thread/group-commit.ts",
    from: `writer.sql("COMMIT").run();`,
    to: "",
  },
  {
    file: "src/store/sqlite/thread/writer-worker.ts",
    from: `writer.checkpoints.afterCommit(`,
    to: `if (!writer.db.isTransaction) writer.checkpoints.afterCommit(`,
  },
];

/** One run of the server under load, ended by SIGKILL some time after an event has arrived. */
async function liveAndDie(world: World, name: string, program?: string): Promise<void> {
  await using server = await world.start(program === undefined ? {} : { program });
  const before = world.receipts.length;
  const load = world.load(server, { ...LOAD, name });
  await until("something new arrives", () => world.receipts.length > before);
  await sleep(draws.below(LONGEST_LIFE_MS));
  await server.kill();
  await load.ended;
}

async function openPrepared(file: string): Promise<World> {
  const world = await openWorld({
    file,
    endpoints: ENDPOINTS,
    answer: (_request, response) =>
      void setTimeout(() => response.writeHead(200).end(), draws.below(SLOWEST_ANSWER_MS)),
  });
  await using server = await world.start();
  await world.setUp(server);
  await server.stop();
  return world;
}

test(`F1 killed ${KILLS} times under load, the server loses nothing and repeats only deliveries that were in flight`, async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  await using world = await openPrepared(file);
  let inFlight = 0;
  const atEachKill: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    await liveAndDie(world, `k${kill}`);
    assertIntact(file);
    const unrecorded = await world.unrecorded();
    atEachKill.push(unrecorded - inFlight);
    inFlight = unrecorded;
  }
  assert.ok(inFlight > 0, "no kill came while an attempt was in flight");
  const starts = world.startsMs.slice(1);
  await using server = await world.start();
  await world.settle(server);
  const verdict = await world.verdict(server, inFlight);
  assertKept(
    t,
    verdict,
    `in flight at the kills ${inFlight}, at one at most ${Math.max(...atEachKill)}`,
  );
  t.diagnostic(`restart: ${millisecondsText(starts)}`);
  assert.ok(Math.max(...starts) < SLOWEST_START_MS);
  assert.equal(await server.stop(), 0);
});

test("F1 control: a program that answers before it commits is detected by the same kills", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, ANSWER_FIRST);
  await using world = await openPrepared(`${folder.path}/hookline.db`);
  for (let kill = 0; kill < CONTROL_KILLS; kill += 1) await liveAndDie(world, `c${kill}`, program);
  await using server = await world.start();
  await world.settle(server, 3000);
  const { violations } = await world.verdict(server, Number.POSITIVE_INFINITY);
  const lost = violations.filter(({ rule }) => rule === "acknowledged is stored");
  assert.ok(lost.length > 0, "the control lost nothing, so this row proves nothing");
  const lostPerEndpoint = lost.length / ENDPOINTS;
  t.diagnostic(`${lostPerEndpoint} of ${world.acknowledged()} acknowledged events lost, and found`);
});
