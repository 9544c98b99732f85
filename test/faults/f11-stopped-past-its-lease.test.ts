/**
 * F11, for I1, I2 and I7: one of three nodes on PostgreSQL is stopped with SIGSTOP past its lease and then
 * continues. The others own its shards by then: its late writes are rejected by their fences, and it takes
 * its share again.
 */
import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { lockShared } from "../../src/store/postgres/server/locks.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import { writeTransaction } from "../../src/store/postgres/transaction.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { IN_FLIGHT, LEASE_MS, openCluster } from "./harness/cluster.ts";
import { pickCycles } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { assertKept } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f11-stopped-past-its-lease");

const STOPS = pickCycles({ short: 1, long: 5 });
const NODES = 3;
const STOPPED = 1;
const LONGEST_LIFE_MS = 800;
/** The answers take longer than the pause before the stop, so that attempts are in flight then. */
const SLOW_ANSWER_MS = 1_500;
/** The size of a response that no socket buffer can take. */
const LARGE_BYTES = 100_000_000;

for (let stop = 1; stop <= STOPS; stop += 1) {
  test(`F11 a node of three is stopped past its lease, records too late and rejoins (${stop} of ${STOPS})`, async (t) => {
    await using database = await makeDatabase();
    // Without notifications, due deliveries and free shards are found by polling.
    const settings = { HOOKLINE_PG_LISTEN_URL: "off" };
    await using cluster = await openCluster({ database, nodes: NODES, settings });
    const [from] = cluster.nodes;
    const pid = cluster.nodes[STOPPED]?.child.pid;
    assert.ok(from !== undefined && pid !== undefined);
    const load = cluster.startLoad();
    await cluster.untilSendsFrom([0, 1, 2]);

    // The late results are those of attempts that are unanswered when the node is stopped.
    cluster.setAnswerMs(STOPPED, SLOW_ANSWER_MS);
    await cluster.untilSendsFrom([STOPPED]);
    await sleep(draws.below(LONGEST_LIFE_MS));
    process.kill(pid, "SIGSTOP");
    const unrecorded = await cluster.loadUnrecorded(STOPPED);
    assert.ok(unrecorded.size > 0, "attempts are in flight");
    cluster.setAnswerMs(STOPPED, 0);
    await sleep(LEASE_MS);
    await cluster.untilArrived();
    process.kill(pid, "SIGCONT");
    await cluster.untilSendsFrom([0, 1, 2]);

    // Attempts that had started without leaving the machine leave when the node continues.
    const mostDuplicates = unrecorded.size + IN_FLIGHT;
    const verdict = await cluster.verify(t, { load, from, mostDuplicates });
    assertKept(t, verdict, `sent and not recorded by the stopped node ${unrecorded.size}`);
    const stale = await staleOutcomes(cluster.nodes[STOPPED]?.url ?? "");
    assert.ok(stale > 0, "no outcome came too late, so this row proves little");
    t.diagnostic(`outcomes that came too late and were rejected ${stale}`);
  });
}

async function staleOutcomes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^hookline_outcomes_stale_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

/**
 * The kernel of a stopped process keeps its connection alive. A large result fills the socket, and the server
 * waits to send the rest. Meanwhile the server keeps the locks of the transaction.
 */
test("F11 a node that is stopped while it receives a result delays the others by at most its lease", async (t) => {
  await using database = await makeDatabase();
  await using store = await openPostgres(database.url, {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
    },
    onFatal: (error) => assert.fail(String(error)),
  });
  await store.shards.hold({ owner: "stopped", atMost: 256, leaseMs: 1 });
  const pool = new Pool({ connectionString: database.url, max: 1 });
  let socket: Duplex | undefined;
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    socket = (client as unknown as Wired).connection.stream;
  });
  const reading = writeTransaction({ pool, preparing: { enabled: false } }, async (connection) => {
    await lockShared(connection, "owner", ["stopped"]);
    const answer = connection.sql(`SELECT repeat('x', ${LARGE_BYTES})`);
    socket?.pause();
    await answer;
  });
  reading.catch(() => undefined);
  await until("the server waits to be read", async () => {
    const rows = await database.sql(
      "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'ClientWrite'",
      [database.name],
    );
    return rows.length > 0;
  });
  const stoppedAt = performance.now();
  const hold = () => store.shards.hold({ owner: "other", atMost: 256, leaseMs: LEASE_MS });
  await until("another owner holds the shards", async () => {
    const held = await hold().catch(() => []);
    return held.length > 0;
  });
  const waitedMs = performance.now() - stoppedAt;
  socket?.destroy();
  await assert.rejects(reading);
  await pool.end();
  t.diagnostic(`held by another owner after ${Math.round(waitedMs)} ms`);
  assert.ok(waitedMs < LEASE_MS);
});

type Wired = { readonly connection: { readonly stream: Duplex } };
