/**
 * I1 when the store file is deleted under the server: nothing more is acknowledged. The log and the health
 * check report it within a second, and the next start does not silently create an empty store.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const EVENT = { eventType: "order.paid", payload: {} };
/** The deadline is far above the second that it may take, since this machine may be busy. */
const DEADLINE_MS = 10_000;

test("a deleted store file is 503 at once, in the log and in the health check, and the next start refuses", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "hookline.db");
  const settings = { HOOKLINE_STORE: `sqlite:${file}`, HOOKLINE_LOG_LEVEL: "error" };
  await using server = await startServer({ settings, captureStdout: true });
  await call(server.url, "POST", "/app", { name: "Lost", uid: "lost" });
  assert.equal((await call(server.url, "POST", "/app/lost/msg", EVENT)).status, 202);

  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`);
  const published = await call(server.url, "POST", "/app/lost/msg", EVENT);
  assert.deepEqual([published.status, published.body["code"]], [503, "store_unavailable"]);
  const end = Date.now() + DEADLINE_MS;
  while ((await fetch(`${server.url}/health`)).status !== 503) {
    assert.ok(Date.now() < end, "health fails");
    await wait(50);
  }
  const lines = server.stdout().trim().split("\n");
  const reported = lines.filter((line) => line.includes("files were deleted, renamed or replaced"));
  assert.equal(reported.length, 1, "the log reports it once");
  assert.ok(reported[0]?.includes(file));
  await server.stop();

  await assert.rejects(
    startServer({ settings }),
    new RegExp(
      `The key file ${file}.secret-key exists, but its store ${file} is missing or empty. Restore a backup`,
    ),
  );
  assert.equal(existsSync(file), false, "no empty store was made");
});
