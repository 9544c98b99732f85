/** The writer's side of the thread that moves the log. Both sides share one number, so no message is needed. */
import { Worker } from "node:worker_threads";

/** Values of the shared number. The thread sets `WAITING`, `FAILED` and `CLOSED`, the writer the others. */
export const THREAD = { WAITING: 0, MOVING: 1, CLOSING: 2, CLOSED: 3, FAILED: 4 } as const;

/** A thread that does not answer for so long is left alone: the log is moved later. */
const GIVE_UP_MS = 30_000;

export type CheckpointStart = { readonly path: string; readonly shared: SharedArrayBuffer };

export type CheckpointThread = {
  /** Throws when the thread has failed. */
  isMoving(): boolean;
  move(): void;
  /** Blocks the calling thread. */
  waitUntilMoved(): void;
  /** Blocks the calling thread until the connection is closed. */
  close(): void;
};

export function startCheckpointThread(path: string): CheckpointThread {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  const workerData: CheckpointStart = { path, shared };
  const worker = new Worker(new URL("./checkpoint-worker.ts", import.meta.url), {
    name: "checkpoint",
    workerData,
  });
  // An idle thread does not keep the writer alive.
  worker.unref();
  // An error of the thread is one of the writer: an fsync that failed must stop the program.
  worker.on("error", (error) => {
    throw error;
  });

  function read(): number {
    const value = Atomics.load(state, 0);
    if (value === THREAD.FAILED) throw new Error("the thread that moves the log has failed");
    return value;
  }

  /** Blocks while the number has this value. */
  function waitWhile(value: number): void {
    Atomics.wait(state, 0, value, GIVE_UP_MS);
  }

  function set(value: number): void {
    Atomics.store(state, 0, value);
    Atomics.notify(state, 0);
  }

  return {
    isMoving: () => read() === THREAD.MOVING,
    move: () => set(THREAD.MOVING),
    waitUntilMoved() {
      waitWhile(THREAD.MOVING);
      read();
    },
    close() {
      waitWhile(THREAD.MOVING);
      if (Atomics.load(state, 0) !== THREAD.WAITING) return;
      set(THREAD.CLOSING);
      waitWhile(THREAD.CLOSING);
    },
  };
}
