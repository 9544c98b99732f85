/** The child processes, the sink and the ceiling, with calls over their IPC channels. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromCeiling, ToCeiling } from "./ceiling.ts";
import type { Means } from "./post.ts";
import type { FromSink, ToSink } from "./sink.ts";

const LONGEST_SILENCE_MS = 60_000;

export type Sink = {
  readonly origin: string;
  readonly port: number;
  /** Receipts so far, a few milliseconds late. */
  received(): number;
  /** Monotonic milliseconds of the latest receipt. */
  lastAt(): number;
  /** Called at every change of the counts. */
  onReceived: () => void;
  /** Resolves at `total` receipts. Rejects after a minute without one. */
  waitFor(total: number): Promise<void>;
  /** Starts noting the arrivals of the events `from …`. */
  note(from: number, count: number): void;
  /** The monotonic milliseconds of each arrival; 0 for none. */
  arrivals(): Promise<Float64Array>;
};

export type Children = {
  readonly sink: Sink;
  /** Figure (a): posts a second over this time, by undici's `request` by default. */
  ceiling(durationMs: number, means?: Means): Promise<number>;
} & AsyncDisposable;

export async function startChildren(): Promise<Children> {
  const sinkChild = forkFile("./sink.ts", []);
  const sink = await openSink(sinkChild);
  const ceilingChild = forkFile("./ceiling.ts", [sink.origin]);
  return {
    sink,
    async ceiling(durationMs, means = "request") {
      ceilingChild.send({ durationMs, means } satisfies ToCeiling);
      const ran = (await waitForAnswer(ceilingChild)) as FromCeiling;
      return (ran.posts / ran.elapsedMs) * 1000;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sinkChild, ceilingChild].map(end));
    },
  };
}

async function openSink(child: ChildProcess): Promise<Sink> {
  const first = (await waitForAnswer(child)) as FromSink;
  if (first.kind !== "listening") throw new Error(`the sink sent ${first.kind} first`);
  let total = 0;
  let lastAt = 0;
  const waiting = new Set<() => void>();
  child.on("message", (message: FromSink) => {
    if (message.kind !== "received") return;
    ({ total, lastAt } = message);
    for (const check of waiting) check();
    sink.onReceived();
  });
  const send = (message: ToSink) => child.send(message);
  const sink: Sink = {
    port: first.port,
    origin: `http://127.0.0.1:${first.port}`,
    received: () => total,
    lastAt: () => lastAt,
    onReceived: () => {},
    waitFor(wanted) {
      return new Promise((resolve, reject) => {
        const silence = setTimeout(() => {
          waiting.delete(check);
          reject(
            new Error(`the sink received ${total} of ${wanted} and then nothing for a minute`),
          );
        }, LONGEST_SILENCE_MS);
        const check = () => {
          silence.refresh();
          if (total < wanted) return;
          clearTimeout(silence);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    note: (from, count) => send({ kind: "note", from, count }),
    arrivals() {
      return new Promise((resolve) => {
        const onMessage = (message: FromSink) => {
          if (message.kind !== "arrivals") return;
          child.off("message", onMessage);
          resolve(message.at);
        };
        child.on("message", onMessage);
        send({ kind: "arrivals" });
      });
    },
  };
  return sink;
}

function forkFile(file: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { serialization: "advanced" });
}

async function waitForAnswer(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const { signal } = answered;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]: unknown[]) => message),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${child.spawnfile} ${child.spawnargs.at(-1)} ended with ${code}`);
      }),
    ]);
  } finally {
    answered.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
