/**
 * The main thread's side of the readers: threads that start when first needed; the least busy one gets the
 * query.
 */
import { Worker } from "node:worker_threads";
import { AppError } from "../../../core/error.ts";
import { closedStore } from "../../refusals.ts";
import { createPendingCalls } from "./pending-calls.ts";
import type { PendingCalls } from "./pending-calls.ts";
import type { ReaderReply, ReaderRequest, ReaderStart } from "./thread-messages.ts";

export type ReaderPool = {
  call(name: string, p: unknown): Promise<unknown>;
  close(): Promise<void>;
};

/** Maximum of queries that wait for one thread; beyond it a caller is refused immediately. */
const QUEUE_LIMIT = 500;

type ReaderWorker = { readonly worker: Worker; readonly pending: PendingCalls };

export function startReaderPool(p: ReaderStart & { count: number }): ReaderPool {
  const threads: ReaderWorker[] = [];
  let closed = false;

  function pick(): ReaderWorker {
    const idle = threads.find(({ pending }) => pending.size === 0);
    if (idle !== undefined) return idle;
    if (threads.length < p.count) return start();
    return threads.reduce((least, next) => (next.pending.size < least.pending.size ? next : least));
  }

  function start(): ReaderWorker {
    const workerData: ReaderStart = { path: p.path, deadlineMs: p.deadlineMs };
    const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), { workerData });
    const thread = { worker, pending: createPendingCalls() };
    threads.push(thread);
    worker.on("message", ({ answers }: ReaderReply) => {
      for (const answer of answers) thread.pending.settle(answer);
      if (thread.pending.size === 0) worker.unref();
    });
    worker.on("error", (cause) => fail(cause));
    worker.on("exit", () => fail(undefined));
    // An idle reader does not keep the process alive.
    worker.unref();
    return thread;

    function fail(cause: unknown): void {
      const at = threads.indexOf(thread);
      if (at >= 0) threads.splice(at, 1);
      thread.pending.rejectAll(
        new AppError("store_unavailable", "A reader thread of the store stopped.", { cause }),
      );
    }
  }

  return {
    async call(name, p) {
      if (closed) throw closedStore();
      const { worker, pending } = pick();
      if (pending.size >= QUEUE_LIMIT) {
        throw new AppError(
          "overloaded",
          "Too many queries are waiting for the store; retry later.",
          {
            retryAfterSeconds: 1,
          },
        );
      }
      return await new Promise((resolve, reject) => {
        const id = pending.add({ p, isPublish: false, resolve, reject });
        worker.ref();
        worker.postMessage({ calls: [{ id, name, p }] } satisfies ReaderRequest);
      });
    },
    async close() {
      closed = true;
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
