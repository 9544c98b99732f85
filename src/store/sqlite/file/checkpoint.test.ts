import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setImmediate as nextRound } from "node:timers/promises";
import { temporaryFolder } from "../../../../test/harness/server.ts";
import { openConnection, type Connection } from "../connection.ts";
import { createCheckpoints, type Checkpoints } from "./checkpoint.ts";

const FRAME_BYTES = 8_192 + 24;
/** Far more than the log needs to begin again several times. */
const COMMITS_LIMIT = 20_000;
/** Below this number of frames the writer moves nothing. */
const TO_FINISH = 2_000;
const PAGES_OF_COMMIT = 8;

type Given = {
  readonly path: string;
  readonly writer: Connection;
  readonly checkpoints: Checkpoints;
};

function open(t: TestContext): Given {
  const folder = temporaryFolder();
  const path = join(folder.path, "hookline.db");
  const writer = openConnection({ path, readOnly: false });
  writer.db.exec("CREATE TABLE text (value BLOB)");
  const checkpoints = createCheckpoints(writer, path);
  t.after(() => {
    checkpoints.close();
    writer.db.close();
    folder[Symbol.dispose]();
  });
  return { path, writer, checkpoints };
}

function commit({ writer }: Given): void {
  writer.db.exec("BEGIN");
  for (let page = 0; page < PAGES_OF_COMMIT; page += 1) {
    writer.db.exec("INSERT INTO text VALUES (randomblob(8000))");
  }
  writer.db.exec("COMMIT");
}

function counts({ writer }: Given): { readonly log: number; readonly checkpointed: number } {
  return writer.sql("PRAGMA wal_checkpoint(NOOP)").get() as ReturnType<typeof counts>;
}

const frames = (given: Given): number => counts(given).log;

/**
 * Commits until the log has begun again `times` times, and the thread has moved frames that the writer would not
 * move yet. Returns the largest number of its frames.
 */
async function commitUntilAgain(given: Given, times: number, idle: boolean): Promise<number> {
  let before = frames(given);
  let most = 0;
  let again = 0;
  let isMovedByThread = false;
  for (let count = 0; count < COMMITS_LIMIT && !(again >= times && isMovedByThread); count += 1) {
    commit(given);
    given.checkpoints.afterCommit(idle);
    const { log: now, checkpointed } = counts(given);
    isMovedByThread ||= now < TO_FINISH && checkpointed > 0 && checkpointed < now;
    if (now < before) again += 1;
    before = now;
    most = Math.max(most, now);
    // A writer with nothing to do waits for the next call.
    if (idle) await nextRound();
  }
  assert.ok(again >= times, `the log never began again after ${most} frames`);
  assert.ok(isMovedByThread, "the thread moved nothing");
  return most;
}

describe("the log", () => {
  for (const idle of [true, false]) {
    test(`begins again while commits continue, ${idle ? "with pauses" : "without a pause"}`, async (t) => {
      const given = open(t);
      const most = await commitUntilAgain(given, 3, idle);
      assert.ok(most < 4_200, `the log had ${most} frames`);
      assert.ok(statSync(`${given.path}-wal`).size < 4_200 * FRAME_BYTES);
      const [checked] = given.writer.db.prepare("PRAGMA integrity_check").all();
      assert.equal(checked?.["integrity_check"], "ok");
    });
  }

  test("begins again while its thread cannot start", async (t) => {
    const given = open(t);
    const checkpoints = createCheckpoints(
      given.writer,
      join(given.path, "no-folder", "hookline.db"),
    );
    t.after(() => checkpoints.close());
    let before = 0;
    let again = 0;
    let most = 0;
    for (let count = 0; count < COMMITS_LIMIT && again < 2; count += 1) {
      commit(given);
      checkpoints.afterCommit(false);
      const now = frames(given);
      if (now < before) again += 1;
      before = now;
      most = Math.max(most, now);
      await nextRound();
    }
    assert.equal(again, 2, `the log never began again after ${most} frames`);
    assert.ok(most < 4_200, `the log had ${most} frames`);
  });

  test("grows while a query runs, and begins again after it", async (t) => {
    const given = open(t);
    const reader = openConnection({ path: given.path, readOnly: true });
    commit(given);
    reader.db.exec("BEGIN");
    const count = (): unknown => reader.sql("SELECT count(*) AS rows FROM text").get()?.["rows"];
    const seen = count();
    while (frames(given) < 5_000) {
      commit(given);
      given.checkpoints.afterCommit(true);
    }
    assert.equal(count(), seen);
    reader.db.close();
    await commitUntilAgain(given, 1, true);
  });

  test("is cut to nothing on demand, also beside commits", async (t) => {
    const given = open(t);
    for (let count = 0; count < 20; count += 1) commit(given);
    given.checkpoints.cutSoon();
    for (let count = 0; statSync(`${given.path}-wal`).size > 0; count += 1) {
      assert.ok(count < COMMITS_LIMIT, "the log was not cut");
      commit(given);
      given.checkpoints.afterCommit(true);
      await nextRound();
    }
  });
});
