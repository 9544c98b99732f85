/** The writer's side of the thread that moves the log. Both sides share two numbers, so no message is needed. */
import { Worker } from "node:worker_threads";

/** Values of the shared number. The thread sets `WAITING`, `FAILED` and `CLOSED`, the writer the others. */
export const THREAD = { WAITING: 0, MOVING: 1, CLOSING: 2, CLOSED: 3, FAILED: 4 } as const;

/** Places of the shared numbers: one of `THREAD`, and 1 once the thread has its connection. */
export const STATE = 0;
export const IS_OPEN = 1;
const NUMBERS = 2;

/** A thread that does not answer for so long is left alone: the log is moved later. */
const GIVE_UP_MS = 30_000;
/** A thread that is still starting when the store closes is awaited for so long. */
const START_MS = 2_000;

export type CheckpointStart = { readonly path: string; readonly shared: SharedArrayBuffer };

export type CheckpointThread = {
  /** Whether it ended before it had a connection, for example because the process has no file left. */
  couldNotStart(): boolean;
  /** Throws when the thread has failed. */
  isMoving(): boolean;
  move(): void;
  /** Blocks the calling thread, but not for a thread that is still starting. */
  waitUntilMoved(): void;
  /** Blocks the calling thread until the connection is closed. */
  close(): void;
};

export function startCheckpointThread(path: string): CheckpointThread {
  const shared = new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  const workerData: CheckpointStart = { path, shared };
  let hasEnded = false;
  const worker = new Worker(new URL("./checkpoint-worker.ts", import.meta.url), {
    name: "checkpoint",
    workerData,
  });
  // An idle thread does not keep the writer alive.
  worker.unref();
  // An error of the thread is one of the writer: an fsync that failed must stop the program.
  worker.on("error", (error) => {
    if (isOpen()) throw error;
    hasEnded = true;
  });

  function isOpen(): boolean {
    return Atomics.load(state, IS_OPEN) === 1;
  }

  function read(): number {
    const value = Atomics.load(state, STATE);
    if (value === THREAD.FAILED) throw new Error("the thread that moves the log has failed");
    return value;
  }

  /** Blocks while the number has this value. */
  function waitWhile(value: number): void {
    Atomics.wait(state, STATE, value, GIVE_UP_MS);
  }

  function set(value: number): void {
    Atomics.store(state, STATE, value);
    Atomics.notify(state, STATE);
  }

  return {
    couldNotStart: () => hasEnded,
    isMoving: () => read() === THREAD.MOVING,
    move: () => set(THREAD.MOVING),
    waitUntilMoved() {
      if (!isOpen()) return;
      waitWhile(THREAD.MOVING);
      read();
    },
    close() {
      if (hasEnded) return;
      Atomics.wait(state, IS_OPEN, 0, START_MS);
      if (!isOpen()) return;
      waitWhile(THREAD.MOVING);
      if (Atomics.load(state, STATE) !== THREAD.WAITING) return;
      set(THREAD.CLOSING);
      waitWhile(THREAD.CLOSING);
    },
  };
}
