/**
 * F10, for I1, I2 and I7: one of three nodes is cut off from PostgreSQL: no byte passes, and no error is
 * reported. It answers its publishers with 503, and sends nothing once it cannot know that its lease is
 * valid. The others take over, and the node rejoins when the link is back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDatabase, testPostgres } from "../postgres/databases.ts";
import { OWNER } from "../postgres/server.ts";
import { LEASE_MS, openCluster } from "./harness/cluster.ts";
import { pickCycles } from "./harness/length.ts";
import { startMovingProxy } from "./harness/moving-proxy.ts";
import { assertKept } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f10-cut-from-the-database");

const CUTS = pickCycles({ short: 1, long: 5 });
const NODES = 3;
const CUT = 1;
const LONGEST_LIFE_MS = 800;
/** At the cut, the node holds deliveries that wait for the rate of their endpoints. */
const BURST = 60;
const ENDPOINT_RATE = 40;
/** A node holds few deliveries at a time, and may have sent them when it is cut off. Then it is cut off again. */
const MOST_CUTS = 10;
const NEXT_SENT_MS = 500;
/** An allowance for an attempt in flight at the end of the lease, and for its receiver's log. */
const LAST_ON_ITS_WAY_MS = 1_000;

for (let cut = 1; cut <= CUTS; cut += 1) {
  test(`F10 a node of three is cut off from the database, stops sending in time and rejoins (${cut} of ${CUTS})`, async (t) => {
    const server = await testPostgres();
    await using database = await makeDatabase({ server });
    await using link = await startMovingProxy(server.port);
    await using cluster = await openCluster({
      database,
      nodes: NODES,
      endpointRate: ENDPOINT_RATE,
      storeUrl: (node) =>
        node === CUT ? `postgres://${OWNER}@127.0.0.1:${link.port}/${database.name}` : database.url,
    });
    const [from] = cluster.nodes;
    assert.ok(from !== undefined);
    const load = cluster.startLoad();
    await cluster.untilSendsFrom([0, 1, 2]);
    await sleep(draws.below(LONGEST_LIFE_MS));

    let cutAt = 0;
    let unrecorded: ReadonlySet<string> = new Set();
    const sentSinceCut = () =>
      cluster.arrivals.filter(({ node, at }) => node === CUT && at >= cutAt);
    for (let tries = 0; cutAt === 0 && tries < MOST_CUTS; tries += 1) {
      await cluster.burst(CUT, BURST);
      await cluster.untilSendsFrom([CUT]);
      link.freeze();
      cutAt = performance.now();
      unrecorded = await cluster.loadUnrecorded(CUT);
      await sleep(NEXT_SENT_MS);
      if (sentSinceCut().length > 0) break;
      link.thaw();
      cutAt = 0;
    }
    assert.ok(cutAt > 0, "it had nothing to send, so this row proves little");
    await sleep(LEASE_MS + LAST_ON_ITS_WAY_MS);
    await cluster.untilArrived();
    const after = sentSinceCut();
    const lastAt = after.at(-1)?.at ?? 0;
    assert.ok(lastAt < cutAt + LEASE_MS + LAST_ON_ITS_WAY_MS, "it stops sending with its lease");
    const refused = [...load.repeats()].filter(([why]) => why === "503" || why === "none");
    assert.ok(refused.length > 0, "its publishers get no 202");

    link.thaw();
    await cluster.untilSendsFrom([0, 1, 2]);
    const mostDuplicates = unrecorded.size + after.length;
    const verdict = await cluster.verify(t, { load, from, mostDuplicates });
    t.diagnostic(`it sent its last ${Math.round(lastAt - cutAt)} ms after the cut`);
    assertKept(
      t,
      verdict,
      `sent before the cut and not recorded ${unrecorded.size}, after it ${after.length}`,
    );
  });
}
