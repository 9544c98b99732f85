/**
 * The main thread's side of the readers. Each kind of query may occupy a number of threads, so that no query
 * waits for one of another kind. An idle thread takes queries of any kind, and a thread starts only when none
 * is idle: most servers never need them all.
 */
import { Worker } from "node:worker_threads";
import { AppError } from "../../../core/error.ts";
import type { ReadKind } from "../../history/read-turns.ts";
import { closedStore } from "../../refusals.ts";
import { createPendingCalls } from "../../thread/pending-calls.ts";
import type { PendingCalls } from "../../thread/pending-calls.ts";
import type { ReaderReply, ReaderRequest, ReaderStart } from "./thread-messages.ts";

export type ReaderPool = {
  call(kind: ReadKind, name: string, p: unknown): Promise<unknown>;
  close(): Promise<void>;
};

/** Maximum of queries that wait for one thread; beyond it a caller is refused immediately. */
const QUEUE_LIMIT = 500;

type ReaderWorker = {
  readonly worker: Worker;
  readonly pending: PendingCalls;
  /** The kind of its pending queries; the last one while it is idle. */
  kind: ReadKind;
};

export function startReaderPool(
  p: ReaderStart & { readonly threads: Readonly<Record<ReadKind, number>> },
): ReaderPool {
  const threads: ReaderWorker[] = [];
  let closed = false;

  function pick(kind: ReadKind): ReaderWorker {
    const busy = threads.filter((each) => each.kind === kind && each.pending.size > 0);
    if (busy.length < p.threads[kind]) return findIdle(kind) ?? start(kind);
    return busy.reduce((least, next) => (next.pending.size < least.pending.size ? next : least));
  }

  /** Rather a thread whose statements and cached pages are of this kind. */
  function findIdle(kind: ReadKind): ReaderWorker | undefined {
    const idle = threads.filter(({ pending }) => pending.size === 0);
    const thread = idle.find((each) => each.kind === kind) ?? idle[0];
    if (thread !== undefined) thread.kind = kind;
    return thread;
  }

  function start(kind: ReadKind): ReaderWorker {
    const workerData: ReaderStart = { path: p.path, deadlineMs: p.deadlineMs };
    const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), {
      name: "reader",
      workerData,
    });
    const thread = { worker, pending: createPendingCalls(), kind };
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
    async call(kind, name, p) {
      if (closed) throw closedStore();
      const { worker, pending } = pick(kind);
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
