/**
 * F8, for I1, I2 and I7: PostgreSQL restarts under load, in fast and in immediate mode, and connections are
 * cut in the middle of transactions and at their COMMIT. Publishers get 503 and never a wrong 202. The same
 * Idempotency-Key returns the result, and no attempt is used up.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../harness/check-store.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { OWNER, startPostgres } from "../postgres/server.ts";
import { IN_FLIGHT, openCluster } from "./harness/cluster.ts";
import { startCommitProxy } from "./harness/commit-proxy.ts";
import { repeatsText, type LastingLoad } from "./harness/lasting-load.ts";
import { pickCycles, pickLength } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { assertKept } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f08-database-restarts");

const NODES = 2;
const RESTARTS = pickCycles({ short: 2, long: 20 });
const CUTTING_MS = pickLength({ short: 15_000, long: 300_000 });
const CUT_SHARE = 0.03;
const CUT_ALL_EVERY_MS = 3_000;
const TERMINATE_EVERY_MS = 300;
const LONGEST_LIFE_MS = 800;

test(`F8 PostgreSQL is restarted ${RESTARTS} times fast and ${RESTARTS} times immediately, under load`, async (t) => {
  await using server = await startPostgres();
  await using database = await makeDatabase({ server });
  await using cluster = await openCluster({ database, nodes: NODES });
  const [from] = cluster.nodes;
  assert.ok(from !== undefined);
  const load = cluster.startLoad();
  let inFlight = 0;
  for (let restart = 0; restart < 2 * RESTARTS; restart += 1) {
    await cluster.untilSendsFrom([0, 1]);
    await sleep(draws.below(LONGEST_LIFE_MS));
    await server.stop(restart % 2 === 0 ? "fast" : "immediate");
    const accepted = load.acknowledged();
    const refused = refusals(load);
    // PostgreSQL can be back before the next publish, so the test waits for a refused one.
    await until("a publisher is refused", () => refusals(load) > refused);
    await server.start();
    const { delivered } = await checkStore(cluster.world.settings);
    inFlight += Math.max(0, cluster.arrivals.length - inFlight - delivered) + NODES * IN_FLIGHT;
    await until("an event is accepted again", () => load.acknowledged() > accepted);
  }
  await cluster.untilArrived();
  const verdict = await cluster.verify(t, { load, from, mostDuplicates: inFlight });
  t.diagnostic(repeatsText(load));
  assertKept(t, verdict, `in flight at the restarts at most ${inFlight}`);
});

function refusals(load: LastingLoad): number {
  return load.repeats().get("503") ?? 0;
}

test("F8 connections are cut in mid-transaction and at their COMMIT, under load", async (t) => {
  await using server = await startPostgres();
  await using database = await makeDatabase({ server });
  await using link = await startCommitProxy(server.port);
  await using cluster = await openCluster({
    database,
    nodes: NODES,
    storeUrl: () => `postgres://${OWNER}@127.0.0.1:${link.port}/${database.name}`,
  });
  const [from] = cluster.nodes;
  assert.ok(from !== undefined);
  const load = cluster.startLoad();
  await cluster.untilSendsFrom([0, 1]);
  link.cutCommits(CUT_SHARE);
  const endsAt = performance.now() + CUTTING_MS;
  let [terminated, allCut, lastCutAt] = [0, 0, performance.now()];
  while (performance.now() < endsAt) {
    const rows = await database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hookline'
       AND state <> 'idle' AND datname = $1 ORDER BY random() LIMIT 1`,
      [database.name],
    );
    terminated += rows.length;
    await sleep(TERMINATE_EVERY_MS);
    if (performance.now() < lastCutAt + CUT_ALL_EVERY_MS) continue;
    link.cutAll();
    allCut += 1;
    lastCutAt = performance.now();
  }
  link.cutCommits(0);
  await cluster.untilArrived();
  const { before, after } = link.cuts;
  const mostDuplicates = (before + after + terminated + allCut * NODES) * IN_FLIGHT;
  const verdict = await cluster.verify(t, { load, from, mostDuplicates });
  t.diagnostic(repeatsText(load));
  t.diagnostic(`cut before COMMIT ${before}, after it ${after}; ended in mid-work ${terminated}`);
  assert.ok(
    before > 0 && after > 0 && terminated > 0,
    "too few connections were cut to prove anything",
  );
  assertKept(t, verdict);
});
