/**
 * The thread that moves the log into the database file, on a separate connection. A PASSIVE checkpoint holds
 * no lock that a commit or a query needs, so commits continue beside it.
 */
import { workerData } from "node:worker_threads";
import { openConnection } from "../connection.ts";
import { IS_OPEN, STATE, THREAD, type CheckpointStart } from "./checkpoint-thread.ts";
import { toFault } from "./sqlite-error.ts";

/** Commits continue, so each pass leaves a shorter rest. Under full load it does not get shorter. */
const PASSES = 4;
const SHORT_REST = 20;

const { path, shared } = workerData as CheckpointStart;
const state = new Int32Array(shared);

// An error before the connection is open ends this thread only, and the writer starts another one later.
const { db, sql } = openConnection({ path, readOnly: false });
db.exec("PRAGMA wal_autocheckpoint = 0");
Atomics.store(state, IS_OPEN, 1);
Atomics.notify(state, IS_OPEN);
try {
  run();
} catch (error) {
  set(THREAD.FAILED);
  throw error;
}

function run(): void {
  for (;;) {
    Atomics.wait(state, STATE, THREAD.WAITING);
    if (Atomics.load(state, STATE) === THREAD.CLOSING) break;
    moveLog(() => sql("PRAGMA wal_checkpoint(PASSIVE)").get());
    set(THREAD.WAITING);
  }
  db.close();
  set(THREAD.CLOSED);
}

function moveLog(checkpoint: () => Record<string, unknown> | undefined): void {
  try {
    let before = -1;
    for (let pass = 0; pass < PASSES; pass++) {
      const row = checkpoint();
      const moved = row?.["checkpointed"] as number;
      if ((row?.["log"] as number) - moved <= SHORT_REST || moved === before) return;
      before = moved;
    }
  } catch (error) {
    // On a full disk the file cannot grow. The log keeps the committed data, and the writer asks again.
    if (toFault(error) !== "unavailable") throw error;
  }
}

function set(value: number): void {
  Atomics.store(state, STATE, value);
  Atomics.notify(state, STATE);
}
