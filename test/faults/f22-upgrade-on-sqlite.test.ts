/**
 * F22 on SQLite, for I1 and I2: the next program starts on a file that was left under load. It is killed
 * repeatedly in the middle of its migration, and the last start completes it with all data. The old program
 * refuses the migrated file and leaves it unchanged.
 */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { temporaryFolder } from "../harness/server.ts";
import { pickCycles } from "./harness/length.ts";
import { nextOnSqlite, spawnServe } from "./harness/next-program.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f22-upgrade-on-sqlite");

const KILLS = pickCycles({ short: 3, long: 30 });
const LOAD = { publishers: 4, batch: 10 };
const NAME = "2099-01-01-half";
/** The migration writes more than the writer's cache, so that a part of it is in the log before the commit. */
const MIGRATION = `CREATE TABLE half (seq INTEGER PRIMARY KEY, what BLOB NOT NULL) STRICT;
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 1000000)
INSERT INTO half SELECT n, randomblob(100) FROM number;
ALTER TABLE endpoint ADD COLUMN note TEXT;`;
/** A statement that writes nothing and never ends, so that every kill comes before the commit. */
const ENDLESS = `
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
SELECT count(*) FROM number;`;
/** The bytes in the log at a kill. The insert has written 52 MB to it when it ends. */
const LOG_BYTES = { fewest: 1_000_000, most: 45_000_000 };
const SLOW_ANSWER_MS = 2_000;

test(`F22 a migration of a file killed ${KILLS} times is completed by the next start, and nothing is lost`, async (t) => {
  using folder = temporaryFolder();
  using copies = temporaryFolder();
  const program = nextOnSqlite(`${copies.path}/next`, { name: NAME, sql: MIGRATION });
  const killed = nextOnSqlite(`${copies.path}/killed`, { name: NAME, sql: MIGRATION + ENDLESS });
  const file = `${folder.path}/hookline.db`;
  let isSlow = true;
  await using world = await openWorld({
    file,
    endpoints: 2,
    answer: (_request, response) =>
      void setTimeout(() => response.writeHead(200).end(), isSlow ? SLOW_ANSWER_MS : 0),
  });
  {
    await using server = await world.start();
    await world.setUp(server);
    const load = world.load(server, { ...LOAD, name: "before" });
    await until("something arrives", () => world.receipts.length > 0);
    await server.kill();
    await load.ended;
  }
  const inFlight = await world.unrecorded();
  const before = readMigrations(file);
  for (let kill = 0; kill < KILLS; kill += 1) {
    emptyLog(file);
    const logBytes = draws.between(LOG_BYTES.fewest, LOG_BYTES.most);
    const { child, ended } = spawnServe({ program: killed, settings: world.settings });
    await until("a part of the migration is in the log", () => {
      assert.equal(child.exitCode, null, "the start ended by itself");
      return readLogBytes(file) >= logBytes;
    });
    child.kill("SIGKILL");
    await ended;
    assert.deepEqual(readMigrations(file), before);
    assertIntact(file);
  }
  isSlow = false;
  {
    await using server = await world.start({ program });
    const load = world.load(server, { ...LOAD, name: "after" });
    const count = world.receipts.length;
    await until("something new arrives", () => world.receipts.length > count);
    await load.stop();
    await world.settle(server);
    assertKept(t, await world.verdict(server, inFlight), `in flight at the kill ${inFlight}`);
    assert.equal(await server.stop(), 0);
  }
  assert.deepEqual(readMigrations(file), [...before, NAME]);
  assertIntact(file);

  const { code, stderr } = await spawnServe({ settings: world.settings }).ended;
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `hookline: The store's schema has the migration "${NAME}", which this version of Hookline does not support; run the version that made it, or a newer one.\n`,
  );
  assert.deepEqual(readMigrations(file), [...before, NAME]);
});

function readMigrations(file: string): readonly unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db.prepare("SELECT name FROM migration ORDER BY ordinal").all();
    return rows.map(({ name }) => name);
  } finally {
    db.close();
  }
}

/** Writes the log into the file, so that all bytes in the log are those of the next program. */
function emptyLog(file: string): void {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
  assert.equal(readLogBytes(file), 0);
}

function readLogBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
