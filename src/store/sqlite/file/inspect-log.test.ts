import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { temporaryFolder } from "../../../../test/harness/server.ts";
import { createCheckpoints } from "./checkpoint.ts";
import { openConnection, type Connection } from "../connection.ts";
import { refuseDamagedLog } from "./inspect-log.ts";

const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 8192;
/** Offsets in a frame: the page number, the salt of its round of the log, the checksum, and the page. */
const WITHIN = [0, 8, 16, 24 + 4000];
const ROWS = 40;

/** The files as a crash leaves them: copied while they are open. */
function crash(t: TestContext, path: string): string {
  const folder = temporaryFolder();
  t.after(() => folder[Symbol.dispose]());
  const copy = join(folder.path, "hookline.db");
  cpSync(path, copy);
  cpSync(`${path}-wal`, `${copy}-wal`);
  return copy;
}

function open(t: TestContext, path: string): Connection {
  const connection = openConnection({ path, readOnly: false });
  t.after(() => connection.db.close());
  createCheckpoints(connection, path);
  return connection;
}

/** One transaction of several pages. */
function insertRows({ db }: Connection): void {
  db.exec("BEGIN");
  for (let row = 0; row < ROWS; row += 1) db.exec("INSERT INTO text VALUES (randomblob(2000))");
  db.exec("COMMIT");
}

function makeLog(t: TestContext, transactions: number): { path: string; connection: Connection } {
  const folder = temporaryFolder();
  t.after(() => folder[Symbol.dispose]());
  const path = join(folder.path, "hookline.db");
  const connection = open(t, path);
  connection.db.exec("CREATE TABLE text (body BLOB)");
  for (let made = 0; made < transactions; made += 1) insertRows(connection);
  return { path, connection };
}

function toFrames(path: string): readonly { readonly isCommit: boolean }[] {
  const log = readFileSync(`${path}-wal`);
  const salts = log.subarray(16, 24);
  const frames = [];
  for (let at = LOG_HEADER_BYTES; at < log.length; at += FRAME_BYTES) {
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    frames.push({ isCommit: log.readUInt32BE(at + 4) !== 0 });
  }
  return frames;
}

function flip(path: string, frame: number, within: number): void {
  const log = readFileSync(`${path}-wal`);
  const at = LOG_HEADER_BYTES + frame * FRAME_BYTES + within;
  log[at] = (log[at] as number) ^ 0x04;
  writeFileSync(`${path}-wal`, log);
}

function isRefused(path: string): boolean {
  try {
    refuseDamagedLog(path);
    return false;
  } catch (error) {
    assert.match(
      (error as Error).message,
      /is damaged at byte \d+: \d+ commits from that byte on would be lost/,
    );
    return true;
  }
}

test("a byte that changed before the last transaction is refused; in the last transaction it may be a crash", (t) => {
  const { path } = makeLog(t, 4);
  const frames = toFrames(path);
  const commits = frames.flatMap(({ isCommit }, frame) => (isCommit ? [frame] : []));
  const lastBefore = commits.at(-2) as number;
  assert.ok(lastBefore < frames.length - 3, "the last transaction has several frames");
  assert.equal(isRefused(crash(t, path)), false);
  for (const frame of frames.keys()) {
    for (const within of WITHIN) {
      const copy = crash(t, path);
      flip(copy, frame, within);
      assert.equal(isRefused(copy), frame <= lastBefore, `frame ${frame}, byte ${within}`);
    }
  }
});

test("frames of an earlier round behind the end of the log are not counted as lost", (t) => {
  const { path, connection } = makeLog(t, 4);
  const before = toFrames(path).length;
  connection.db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  insertRows(connection);
  assert.ok(toFrames(path).length < before);
  assert.equal(isRefused(crash(t, path)), false);
});

test("frames that one crash tore off are not damage after the next crash", (t) => {
  const { path } = makeLog(t, 2);
  const torn = crash(t, path);
  flip(torn, toFrames(path).length - 2, 24);
  const before = readFileSync(`${torn}-wal`);
  open(t, torn).db.exec("INSERT INTO text VALUES (randomblob(2000))");
  const tornAgain = crash(t, torn);
  const after = readFileSync(`${tornAgain}-wal`);
  const written = toFrames(tornAgain).findIndex((_, frame) => {
    const at = LOG_HEADER_BYTES + frame * FRAME_BYTES;
    return !before.subarray(at, at + FRAME_BYTES).equals(after.subarray(at, at + FRAME_BYTES));
  });
  flip(tornAgain, written, 24);
  assert.equal(isRefused(tornAgain), false);
});
