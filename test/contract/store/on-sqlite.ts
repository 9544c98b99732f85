/**
 * The contract on SQLite: each case has a folder with a new file, in memory where there is space. The promises
 * about disks have their own tests in `test/e2e` and `test/faults`.
 */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../../../src/store/open.ts";
import { sealEvents } from "../../../src/store/search/seal.ts";
import { openConnection } from "../../../src/store/sqlite/connection.ts";
import { seenWrites } from "../../../src/store/sqlite/search/seen.ts";
import { now, readSession, runNow } from "../../../src/store/sqlite/session.ts";
import { findMemoryFolder } from "../../harness/memory-folder.ts";
import { START, toStoreOptions, type Harness, type Opened } from "./harness.ts";

/** The space for the largest backlog, its log and one more store. */
const ROOM_BYTES = 1024 ** 3;
const MOST_EVENTS = 100_000;

export const onSqlite: Harness = { name: "SQLite", open: openInFolder };

async function openInFolder(options: Parameters<Harness["open"]>[0]): Promise<Opened> {
  const folder = await mkdtemp(join(await findMemoryFolder(ROOM_BYTES), "hookline-store-"));
  const path = join(folder, "hookline.db");
  let moved = 0;
  const given = toStoreOptions(() => moved, options);
  let store = await openStore(`sqlite:${path}`, given);
  const reopen = async (): Promise<void> => {
    store = await openStore(`sqlite:${path}`, given);
  };
  return {
    get store() {
      return store;
    },
    moveLeaseClock(ms) {
      moved += ms;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      await reopen();
    },
    async contents() {
      // After a sweep, a thread moves the log, and one of the next commits cuts it to nothing.
      const deadline = performance.now() + CUT_LIMIT_MS;
      while (statSync(`${path}-wal`).size > 0 && performance.now() < deadline) {
        await store.ping();
        await sleep(CUT_POLL_MS);
      }
      return readContents(path);
    },
    async sealAll() {
      sealAll(path);
    },
    async seedBacklog(p) {
      // Closed first, because an open store has its own next rowids in memory.
      await store[Symbol.asyncDispose]();
      seedBacklog(path, p);
      await reopen();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const CUT_POLL_MS = 5;
/** Without a sweep before it, nothing cuts the log. */
const CUT_LIMIT_MS = 3_000;

/** Another process reads the files, because closing a file would release the locks of this one. */
function readContents(path: string): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (const end of ["", "-wal"]) {
    contents.set(`file${end}`, execFileSync("cat", [path + end], { maxBuffer: 1 << 30 }));
  }
  using db = new DatabaseSync(path, { readOnly: true });
  const columns = db
    .prepare(
      `SELECT tables.name AS name, columns.name AS column FROM sqlite_schema AS tables,
         pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'`,
    )
    .all() as { name: string; column: string }[];
  for (const { name, column } of columns) {
    const rows = db.prepare(`SELECT CAST(${column} AS BLOB) AS bytes FROM ${name}`).all();
    const bytes = rows.flatMap((row) => (row["bytes"] as Uint8Array | null) ?? []);
    contents.set(`${name}.${column}`, Buffer.concat(bytes));
  }
  return contents;
}

function sealAll(path: string): void {
  const connection = openConnection({ path, readOnly: false });
  const { db } = connection;
  const last = db.prepare("SELECT max(seq) AS seq FROM event").get()?.["seq"] as number | null;
  db.exec("BEGIN IMMEDIATE");
  const session = {
    ...readSession(connection),
    ...seenWrites(connection),
    sealable: () => now(() => (last ?? 0) + 1),
  };
  runNow(sealEvents(session, { now: START }, MOST_EVENTS));
  db.exec("COMMIT");
  db.close();
}

function seedBacklog(path: string, p: Parameters<Opened["seedBacklog"]>[0]): void {
  using db = new DatabaseSync(path);
  db.exec("PRAGMA synchronous = OFF");
  db.exec("BEGIN");
  const endpoint = db
    .prepare("SELECT seq, appSeq, shard FROM endpoint WHERE id = ?")
    .get(p.endpointId) as { seq: number; appSeq: number; shard: number };
  db.prepare(
    `WITH RECURSIVE n (seq) AS (VALUES (1) UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
      INSERT INTO event (seq, id, appSeq, type, payload, contentType, orderingKey, occurredAt,
        acceptedAt) SELECT seq, 'msg_' || seq, ?, 'dead', '{}', 'application/json', ?, ?, ? FROM n`,
  ).run(p.count, endpoint.appSeq, p.orderingKey, START, START);
  db.prepare(
    `INSERT INTO delivery (seq, eventSeq, endpointSeq, part, state, dueAt, slot, attempts, baseAt,
      parkedMs, manual, orderingKey, skipAt, acceptedAt)
      SELECT seq, seq, ?1, 0, 0, CASE WHEN ?2 IS NULL OR seq = 1 THEN ?3 END, 1, 0, ?3, 0, 0, ?2,
        CASE WHEN ?2 IS NOT NULL THEN ?3 + 3600000 END, ?4 FROM event`,
  ).run(endpoint.seq, p.orderingKey, p.dueAt, START);
  db.prepare("INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)").run(
    endpoint.seq,
    endpoint.shard,
    p.dueAt,
  );
  db.prepare(
    `INSERT INTO tally (appSeq, created, delivered, failed, cancelled, purgedDelivered, purgedFailed,
      purgedCancelled) VALUES (?, ?, 0, 0, 0, 0, 0, 0)`,
  ).run(endpoint.appSeq, p.count);
  db.exec("COMMIT");
}
