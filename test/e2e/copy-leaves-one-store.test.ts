/**
 * A move from a file to PostgreSQL never leaves two stores that send the same deliveries. It never leaves a
 * store that mixes two others, or an incomplete one. This is true wherever the move ends, and whichever
 * process has a store open meanwhile.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { copyStore } from "../../src/store/copy/copy.ts";
import { mustPublish, newEvent } from "../contract/store/fixtures.ts";
import { openStore } from "../../src/store/open.ts";
import { APP, interrupted, openWorld, OPTIONS, PAGE, served } from "../harness/copy-world.ts";
import { fillStore } from "../harness/filled-store.ts";
import { makeDatabase } from "../postgres/databases.ts";

const NOWHERE = "http://127.0.0.1:9";

test("a copy that is interrupted at its end leaves at most one store, and the next run completes it", async () => {
  await using world = await openWorld();
  const { from, to } = world;
  await assert.rejects(interrupted(from, to, "checking"), /interrupted/);
  await served(from, (store) => store.upkeep.totals(), { readOnly: true });
  // The state of the file when the copy dies right after it has marked the file as moved.
  const file = new DatabaseSync(`${world.folder}/hookline.db`);
  file.exec("INSERT INTO setting (name, value) VALUES ('moved.to', 'elsewhere')");
  file.close();
  await assert.rejects(openStore(from, OPTIONS), /was moved to elsewhere/);
  await assert.rejects(openStore(to, OPTIONS), /hookline copy/);
  await copyStore({ from, to });
  await assert.rejects(openStore(from, OPTIONS), /was moved to 127\.0\.0\.1:\d+\/test_\d+/);
  await served(to, (store) => store.ping());
  const again = await copyStore({ from, to });
  assert.equal(again.wasFinished, true);
});

test("a copy that differs from the file never becomes the store", async () => {
  await using world = await openWorld();
  const { from, to, database } = world;
  await assert.rejects(interrupted(from, to, "checking"), /interrupted/);
  await database.sql("CREATE TABLE lost AS SELECT * FROM attempt ORDER BY seq DESC LIMIT 1");
  await database.sql("DELETE FROM attempt WHERE seq IN (SELECT seq FROM lost)");
  await assert.rejects(copyStore({ from, to }), /the store: attempt has \d+ rows instead of \d+/);
  await assert.rejects(openStore(to, OPTIONS), /hookline copy/);
  await database.sql("INSERT INTO attempt SELECT * FROM lost");
  await database.sql(
    "UPDATE delivery SET state = 2 WHERE seq = (SELECT min(seq) FROM delivery WHERE state = 0)",
  );
  await assert.rejects(
    copyStore({ from, to }),
    /the tallies count \d+ failed deliveries; the rows count/,
  );
  await served(from, (store) => store.ping());
});

test("a copy does not continue after a server has used the file", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  await assert.rejects(interrupted(from, to), /interrupted/);
  await served(from, (store) => mustPublish(store, filled.appIds[0] ?? "", [newEvent()]));
  await assert.rejects(copyStore({ from, to }), /or of this file before a server opened it again/);
  await assert.rejects(openStore(to, OPTIONS), /hookline copy/);
  await served(from, (store) => store.ping());
});

test("a copy that would make two stores of one, or mix two, is refused and changes nothing", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const refused = async (p: { from?: string; to?: string }, sentence: RegExp): Promise<void> =>
    await assert.rejects(copyStore({ from, to, ...p }), sentence);

  await served(from, () => refused({}, /Another Hookline process has .*hookline\.db open/));
  await served(to, () => refused({}, /A Hookline server has 127\.0\.0\.1:\d+\/test_\d+ open/));
  await refused({ from: `sqlite:${world.folder}/none.db` }, /none\.db, which does not exist/);
  await refused({ from: "sqlite::memory:" }, /it must be a SQLite file/);
  await refused({ from: to }, /it must be a SQLite file/);
  await refused({ to: from }, /it must be a PostgreSQL database/);
  await refused({ to: "postgres://127.0.0.1:9/none" }, /cannot be reached/);

  await using full = await makeDatabase();
  await served(full.url, (store) =>
    store.apps.create({ app: { ...APP, id: "app_other" }, idempotencyKey: null }),
  );
  await refused({ to: full.url }, /test_\d+ is not empty: its table "app" has rows/);
  const apps = await served(full.url, (store) => store.apps.list(PAGE));
  assert.deepEqual(
    apps.items.map(({ id }) => id),
    ["app_other"],
  );

  const other = `sqlite:${world.folder}/other.db`;
  await served(other, (store) => fillStore(store, NOWHERE));
  await assert.rejects(interrupted(other, to), /interrupted/);
  await refused({}, /contains an unfinished copy of another file/);
  await served(from, (store) => store.apps.get({ ref: filled.appIds[0] ?? "" }));

  await copyStore({ from: other, to });
  await using second = await makeDatabase();
  await refused(
    { from: other, to: second.url },
    /The file was moved to .*set HOOKLINE_STORE to that database/,
  );
  assert.deepEqual(await second.sql("SELECT 1 FROM pg_class WHERE relname = 'app'"), []);
});
