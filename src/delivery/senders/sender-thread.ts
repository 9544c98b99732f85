/** The main thread's side of one sender thread: its calls of the store, its log, its notices, its counts, its end. */
import type { TransferListItem, Worker } from "node:worker_threads";
import type { LiveTap } from "../../core/live/notice.ts";
import type { Store } from "../../store/store.ts";
import { serveOwner } from "../../store/thread/serve-owner.ts";
import type { LogTarget } from "../../telemetry/log-output.ts";
import type { ReadThread, ThreadMetrics } from "../../telemetry/print-metrics.ts";
import type { FromSender, SenderStart, ToSender } from "./messages.ts";
import { writeLines } from "./shared-log.ts";

/** Starts the thread. The items are moved to it. */
export type OpenThread = (start: SenderStart, moved: readonly TransferListItem[]) => Worker;

export type SenderThread = {
  /** Resolves after its first attempt to take shards. */
  readonly started: Promise<void>;
  post(message: ToSender): void;
  readonly readMetrics: ReadThread;
  stop(p: { graceMs: number }): Promise<void>;
};

/** A busy thread answers a scrape within this time; otherwise its latest counts are used. */
const COUNT_MS = 1_000;
/** Time for outcomes, charts and the release of shards after the grace period. */
const LAST_STEPS_MS = 10_000;

export function startSenderThread(given: {
  store: Pick<Store, "queue" | "shards" | "endpoints" | "series">;
  start: SenderStart;
  openThread: OpenThread;
  live: LiveTap;
  log: LogTarget;
  /** Called when the thread ends without having been stopped. */
  onFailed: (error: Error) => void;
}): SenderThread {
  const { start, live, log } = given;
  const { writer } = start.access;
  const thread = given.openThread(start, writer === null ? [] : [writer.port]);
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const call = serveOwner(given.store, {
    owner: start.owner,
    hasWriter: writer !== null,
    post: (reply) => post({ kind: "store", reply }),
  });
  let counts: ThreadMetrics = [];
  let counting = Promise.withResolvers<void>();
  let hasStarted = false;
  let isStopping = false;
  let isOver = false;

  function post(message: ToSender): void {
    if (!isOver) thread.postMessage(message);
  }

  function end(cause: unknown): void {
    isOver = true;
    counting.resolve();
    ended.resolve();
    if (isStopping) return;
    const error = new Error("A sender thread stopped.", { cause });
    started.reject(error);
    given.onFailed(error);
  }

  thread.on("message", (message: FromSender) => {
    switch (message.kind) {
      case "store":
        return call(message.calls);
      case "started":
        hasStarted = true;
        return started.resolve();
      case "counted":
        counts = message.metrics;
        return counting.resolve();
      case "lines":
        return writeLines(start.memory.logged, message.lines, log);
      case "notices":
        for (const notice of message.notices) live.notify(notice);
        return;
      case "stopped":
        return ended.resolve();
    }
  });
  thread.on("error", end);
  thread.on("exit", () => end(undefined));
  started.promise.catch(() => undefined);

  return {
    started: started.promise,
    post,
    async readMetrics() {
      counting = Promise.withResolvers();
      post({ kind: "count" });
      if (!isOver) await orAfter(counting.promise, COUNT_MS);
      return counts;
    },
    async stop({ graceMs }) {
      isStopping = true;
      post({ kind: "stop", graceMs });
      if (hasStarted) await orAfter(ended.promise, graceMs + LAST_STEPS_MS);
      isOver = true;
      await thread.terminate();
    },
  };
}

async function orAfter(work: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
