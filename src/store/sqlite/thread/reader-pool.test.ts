import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { toLimitValues } from "../../../core/limits.ts";
import type { ReadKind } from "../../history/read-turns.ts";
import { DEFAULT_LEASE_ROOM } from "../../queue/lease-room.ts";
import { READER_THREADS } from "../store.ts";
import { openWriter } from "./make-writer.ts";
import { startReaderPool, type ReaderPool } from "./reader-pool.ts";

describe("the reader threads", () => {
  let folder = "";
  let pool: ReaderPool;
  let started: Worker[] = [];
  const noteStarted = (worker: Worker): void => void started.push(worker);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hookline-readers-"));
    pool = openPool(createFile(join(folder, "hookline.db")));
    started = [];
    process.on("worker", noteStarted);
  });
  afterEach(async () => {
    process.off("worker", noteStarted);
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  });

  const query = (kind: ReadKind): Promise<unknown> => pool.call(kind, "apps.get", { ref: "none" });

  test("none starts before the first query", () => {
    assert.equal(started.length, 0);
  });

  test("queries that follow each other share one thread, also queries of different kinds", async () => {
    for (const kind of ["first", "lookup", "list", "first"] as const) await query(kind);
    assert.equal(started.length, 1);
  });

  test("queries at the same time occupy the threads of their kinds, and no more", async () => {
    const kinds = ["list", "list", "list", "lookup", "lookup", "first", "first"] as const;
    await Promise.all(kinds.map(query));
    assert.equal(started.length, 4);
    await Promise.all(kinds.map(query));
    assert.equal(started.length, 4);
  });

  test("a thread that stops refuses its queries, and the next query starts another", async () => {
    const starting = once(process, "worker") as Promise<[Worker]>;
    const refused = assert.rejects(query("first"), { code: "store_unavailable" });
    const [worker] = await starting;
    await Promise.all([refused, worker.terminate()]);
    await query("first");
    assert.equal(started.length, 2);
  });

  test("closing while a thread starts refuses the waiting query and every later one", async () => {
    const waiting = query("list");
    await Promise.all([assert.rejects(waiting, { code: "store_unavailable" }), pool.close()]);
    await assert.rejects(query("first"), { code: "store_unavailable" });
    assert.equal(started.length, 1);
  });

  test("a file that cannot be opened refuses the query, and is tried again at the next one", async () => {
    const path = join(folder, "later.db");
    pool = openPool(path);
    await assert.rejects(query("first"), { code: "store_unavailable" });
    createFile(path);
    await query("first");
    assert.equal(started.length, 1);
  });
});

function openPool(path: string): ReaderPool {
  return startReaderPool({ path, deadlineMs: 60_000, threads: READER_THREADS });
}

/** An empty store, opened and closed once. */
function createFile(path: string): string {
  openWriter({
    path,
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
    leaseRoom: DEFAULT_LEASE_ROOM,
    limits: toLimitValues({}),
  }).close();
  return path;
}
