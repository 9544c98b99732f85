/**
 * F22 on PostgreSQL, for I1 and I2: nodes are replaced one by one under load by a program with a newer
 * schema, and back. A schema that excludes a program keeps it from starting, without an effect on running
 * nodes. The next start completes a migration that was killed.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { call, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { makeDatabase, type TestDatabase } from "../postgres/databases.ts";
import { repeatsText, startLastingLoad, type LastingLoad } from "./harness/lasting-load.ts";
import { pickCycles } from "./harness/length.ts";
import { nextOnPostgres, spawnServe } from "./harness/next-program.ts";
import { until } from "./harness/until.ts";
import { assertKept, openWorld, type World } from "./harness/world.ts";

const ROUNDS = pickCycles({ short: 1, long: 10 });
const KILLS = pickCycles({ short: 2, long: 10 });
const LOAD = { publishers: 4, requestsPerSecond: 20 };
const SOME = 40;
const READ_EVERY_MS = 20;
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
const NEXT = "2099-01-01-note";
/** Columns of a table that is read whole, and of one that gets rows all the time. */
const ADD_COLUMNS = `ALTER TABLE endpoint ADD COLUMN note TEXT;
ALTER TABLE app ADD COLUMN note TEXT;
ALTER TABLE attempt ADD COLUMN note TEXT;
CREATE INDEX delivery_note ON delivery (finished_at) WHERE finished_at IS NULL;`;
const SLEEPING = `FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event = 'PgSleep'`;

type Cluster = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly world: World;
  readonly load: LastingLoad;
  /** Stops a node gracefully and starts another in its place. */
  replace(index: number, program?: string): Promise<void>;
  /** Waits until further events have been accepted, have arrived, and were read. */
  untilMore(what: string): Promise<void>;
  /** Ends the load, and checks the history. */
  verify(t: TestContext): Promise<void>;
};

/** Starts two nodes under load, with concurrent reads. */
async function openCluster(): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await makeDatabase());
  const world = opened.use(
    await openWorld({
      file: "",
      endpoints: 2,
      settings: { HOOKLINE_STORE: database.url, HOOKLINE_SECRET_KEY: SECRET_KEY },
    }),
  );
  const nodes: (ServerProcess | null)[] = [await world.start()];
  opened.defer(async () => {
    for (const node of nodes) await node?.[Symbol.asyncDispose]();
  });
  await world.setUp(nodes[0] as ServerProcess);
  nodes.push(await world.start());
  const up = (): ServerProcess[] => nodes.filter((node) => node !== null);
  const load = opened.use(
    startLastingLoad({
      ...LOAD,
      urls: () => up().map(({ url }) => url),
      app: world.app,
      name: "f22",
      log: world.publishes,
    }),
  );
  const reads = startReads(() => up(), world.app);
  opened.defer(() => reads.stop());
  const cluster = opened.move();
  return {
    database,
    world,
    load,
    async replace(index, program) {
      const node = nodes[index] as ServerProcess;
      nodes[index] = null;
      assert.equal(await node.stop(), 0, node.stderr());
      assert.equal(node.stderr(), "");
      nodes[index] = await world.start(program === undefined ? {} : { program });
    },
    async untilMore(what) {
      const [acknowledged, arrived, read] = [
        load.acknowledged(),
        world.receipts.length,
        reads.count(),
      ];
      await until(
        what,
        () =>
          load.acknowledged() > acknowledged + SOME &&
          world.receipts.length > arrived + SOME &&
          reads.count() > read + SOME,
      );
    },
    async verify(t) {
      await reads.stop();
      await load.stop();
      const node = up()[0] as ServerProcess;
      await world.settle(node);
      t.diagnostic(`${repeatsText(load)}; ${reads.count()} reads`);
      assert.deepEqual([...reads.unexpected, ...load.unexpected].slice(0, 3), []);
      // No node was killed, so every attempt was recorded.
      assertKept(t, await world.verdict(node, 0));
      for (const one of up()) assert.equal(await one.stop(), 0, one.stderr());
    },
    [Symbol.asyncDispose]: () => cluster.disposeAsync(),
  };
}

/** Reads on each connection of each node, so that all statements are prepared before the change of schema. */
function startReads(
  nodes: () => readonly ServerProcess[],
  app: string,
): { count(): number; readonly unexpected: readonly string[]; stop(): Promise<void> } {
  const over = new AbortController();
  const unexpected: string[] = [];
  let count = 0;
  async function read(): Promise<void> {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const up = nodes();
      const path = turn % 2 === 0 ? "/endpoint/hook-0" : "/attempt/endpoint/hook-0";
      const node = up[Math.floor(turn / 2) % up.length];
      const answer =
        node === undefined
          ? null
          : await call(node.url, "GET", `/app/${app}${path}`).catch(() => null);
      if (answer !== null && answer.status !== 200 && answer.status !== 503) {
        unexpected.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      if (answer?.status === 200) count += 1;
      await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
    }
  }
  const readers = Promise.all([read(), read()]);
  return {
    count: () => count,
    unexpected,
    async stop() {
      over.abort();
      await readers;
    },
  };
}

async function migrations({ database }: Cluster): Promise<readonly unknown[]> {
  const rows = await database.sql("SELECT name FROM migration ORDER BY ordinal");
  return rows.map(({ name }) => name);
}

test("F22 nodes are replaced one by one by a program with a newer schema, and back, under load", async (t) => {
  using copy = temporaryFolder();
  await using cluster = await openCluster();
  const next = nextOnPostgres(copy.path, { name: NEXT, sql: ADD_COLUMNS });
  await cluster.untilMore("both nodes work");
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const program of [next, undefined]) {
      for (const index of [0, 1]) {
        await cluster.replace(index, program);
        assert.equal((await migrations(cluster)).at(-1), NEXT);
        await cluster.untilMore("two programs work beside each other");
      }
    }
  }
  await cluster.verify(t);
});

test("F22 a schema that excludes a program keeps it from starting and does not affect running nodes", async (t) => {
  using copy = temporaryFolder();
  await using cluster = await openCluster();
  const name = "2099-02-02-apart";
  const sql = "CREATE TABLE apart (seq BIGINT PRIMARY KEY);";
  const apart = nextOnPostgres(copy.path, { name, sql, excludes: true });
  await cluster.untilMore("both nodes work");
  await cluster.replace(0, apart);
  await cluster.untilMore("the new program works");
  const repeats = new Map(cluster.load.repeats());
  const { code, stderr } = await spawnServe({ settings: cluster.world.settings }).ended;
  await cluster.untilMore("both continue");
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `hookline: The store's schema has the migration "${name}", which this version of Hookline does not support; run the version that made it, or a newer one.\n`,
  );
  assert.deepEqual(cluster.load.repeats(), repeats, "the refused start affected a running node");
  await cluster.verify(t);
});

async function countSleeping({ sql }: TestDatabase): Promise<unknown> {
  const [row] = await sql(`SELECT count(*)::int AS sleeping ${SLEEPING}`);
  return row?.["sleeping"];
}

/** PostgreSQL notices the end of a client after the statement. The test does not wait for that. */
async function endSleeping(database: TestDatabase): Promise<void> {
  await database.sql(`SELECT pg_terminate_backend(pid) ${SLEEPING}`);
  await until("the session has ended", async () => (await countSleeping(database)) === 0);
}

test(`F22 a migration killed ${KILLS} times is completed by the next start, beside a node under load`, async (t) => {
  using copy = temporaryFolder();
  await using cluster = await openCluster();
  const { database, world } = cluster;
  const [first, rest] = ["CREATE TABLE half (seq BIGINT PRIMARY KEY);", ADD_COLUMNS];
  const program = nextOnPostgres(`${copy.path}/next`, { name: NEXT, sql: `${first}\n${rest}` });
  // The sleep is longer than any test, so that every kill comes before the commit.
  const endless = `${first}\nSELECT pg_sleep(86400);\n${rest}`;
  const killed = nextOnPostgres(`${copy.path}/killed`, { name: NEXT, sql: endless });
  await cluster.untilMore("both nodes work");
  const before = await migrations(cluster);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child, ended } = spawnServe({ program: killed, settings: world.settings });
    await until("the migration is running", async () => {
      assert.equal(child.exitCode, null, "the start ended by itself");
      return (await countSleeping(database)) === 1;
    });
    child.kill("SIGKILL");
    await ended;
    await endSleeping(database);
    assert.deepEqual(await migrations(cluster), before);
  }
  await cluster.replace(0, program);
  assert.deepEqual(await migrations(cluster), [...before, NEXT]);
  assert.deepEqual(await database.sql("SELECT to_regclass('half') IS NOT NULL AS made"), [
    { made: true },
  ]);
  await cluster.untilMore("two programs work beside each other");
  await cluster.verify(t);
});
