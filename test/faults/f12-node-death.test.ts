/**
 * F12, for I1, I2 and I4: one of three nodes on PostgreSQL is killed under load. The others take its shards
 * when its lease has expired. Deliveries that it sent without recording them are sent again, and no others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDatabase } from "../postgres/databases.ts";
import { LEASE_MS, openCluster } from "./harness/cluster.ts";
import { pickCycles } from "./harness/length.ts";
import { assertKept } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f12-node-death");

const KILLS = pickCycles({ short: 1, long: 5 });
const NODES = 3;
const KILLED = 1;
const LONGEST_LIFE_MS = 800;

for (let kill = 1; kill <= KILLS; kill += 1) {
  test(`F12 a node of three is killed under load, and the others deliver all of it (${kill} of ${KILLS})`, async (t) => {
    await using database = await makeDatabase();
    await using cluster = await openCluster({ database, nodes: NODES });
    const load = cluster.startLoad();
    await cluster.untilSendsFrom([0, 1, 2]);
    await sleep(draws.below(LONGEST_LIFE_MS));
    await cluster.nodes[KILLED]?.kill();
    const unrecorded = await cluster.loadUnrecorded(KILLED);
    const before = load.acknowledged();
    cluster.leaveOut(KILLED);
    await sleep(LEASE_MS);
    await cluster.untilArrived();
    assert.ok(load.acknowledged() > before, "the other nodes accept");
    const [from] = cluster.nodes;
    assert.ok(from !== undefined);
    const verdict = await cluster.verify(t, { load, from, mostDuplicates: unrecorded.size });
    assertKept(t, verdict, `sent and not recorded by the killed node ${unrecorded.size}`);
  });
}
