/** A move from a file to PostgreSQL between the parts of a large fan-out: the database continues at the cursor. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyStore } from "../../src/store/copy/copy.ts";
import { openStore } from "../../src/store/open.ts";
import { makeApp, mustPublish } from "../contract/store/fixtures.ts";
import {
  claimNumbers,
  FEW_INLINE,
  numbered,
  part,
  runParts,
  severalEvents,
} from "../contract/store/fan-out-steps.ts";
import { OPTIONS, served } from "../harness/copy-world.ts";
import { temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";

test("after a move the parts of a large publish continue, and later publishes queue behind them", async () => {
  using folder = temporaryFolder();
  await using database = await makeDatabase();
  const from = `sqlite:${folder.path}/hookline.db`;
  const { app, endpoints } = await (async () => {
    await using store = await openStore(from, { ...OPTIONS, limits: FEW_INLINE });
    const made = await makeApp(store, {}, {});
    await mustPublish(store, made.app.id, severalEvents(3));
    assert.equal(await part(store, 1), 1);
    return made;
  })();

  const { totals, problems } = await copyStore({ from, to: database.url });
  assert.deepEqual(problems, []);
  assert.deepEqual([totals.created, totals.pending, totals.fanningOut], [6, 1, 5]);

  await served(database.url, async (store) => {
    assert.equal((await mustPublish(store, app.id, [numbered(4)])).fanningOut, 2);
    assert.equal(await runParts(store, 2), 7);
    const expected = endpoints.flatMap(({ endpointId }) =>
      [1, 2, 3, 4].map((n) => `${endpointId} ${n}`),
    );
    assert.deepEqual(await claimNumbers(store), expected.sort());
    assert.deepEqual((await store.upkeep.check()).problems, []);
  });
});
