/**
 * The main thread's side of the writer. Calls of one tick are sent as one message, answers of one group
 * arrive as one, and the number of waiting calls is bounded (I5). Deliveries that a publish leased reach the
 * engine before the publish resolves.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import { AppError } from "../../../core/error.ts";
import type { AcceptLimits } from "../../accept/accept-room.ts";
import { closedStore } from "../../refusals.ts";
import type { LeasedListener } from "../../queue/leased-delivery.ts";
import type { Call } from "./group-commit.ts";
import { readReplyWire, toCallWire } from "./call-wire.ts";
import { limitCalls } from "./limit-calls.ts";
import type { ChangeNote } from "./after-commit.ts";
import { createPendingCalls } from "../../thread/pending-calls.ts";
import { readError } from "../../thread/thread-errors.ts";
import type { WriterReply, WriterRequest, WriterStart } from "./thread-messages.ts";
import type { WriterPort } from "./writer-port.ts";
import { createWriterListeners } from "./writer-listeners.ts";

export type WriterClient = {
  call(name: string, p: unknown): Promise<unknown>;
  /** The engine of an owner. */
  listen(owner: string, onLeased: LeasedListener): void;
  /** Called for every changed endpoint after the commit, before the change resolves. */
  onChanged(listener: (change: ChangeNote) => void): void;
  /** A port by which the engine of another thread calls the writer. */
  openPort(): WriterPort;
  readonly leaseClock: () => number;
  close(): Promise<void>;
};

type GroupReply = Extract<WriterReply, { kind: "group" }>;
type WriterOptions = {
  readonly limits: AcceptLimits;
  readonly leaseClock: () => number;
  readonly onFatal: (error: Error) => void;
  readonly onFilesMoved: (problem: Error | null) => void;
};

/** Without this limit V8 lets young garbage grow three times as large before it collects. */
const YOUNG_GENERATION_MB = 24;

function joinWriter(worker: Worker, client: number): WriterPort {
  const { port1, port2 } = new MessageChannel();
  const request: WriterRequest = { calls: [], join: { port: port1, client } };
  worker.postMessage(request, [port1]);
  return { port: port2, client };
}

/** Rejects with the reason why the writer could not open the file. */
export async function startWriterClient(
  start: WriterStart,
  options: WriterOptions,
): Promise<WriterClient> {
  const worker = new Worker(new URL("./writer-worker.ts", import.meta.url), {
    name: "writer",
    workerData: start,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const pending = createPendingCalls();
  const listeners = createWriterListeners();
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const calls = limitCalls(options.limits, ask);
  let unsent: Call[] = [];
  let listening: readonly string[] | undefined;
  let broken: AppError | null = null;
  let closing = false;
  let clientCount = 0;

  worker.on("message", (reply: WriterReply) => {
    if (reply.kind === "ready") {
      ready.resolve();
    } else if (reply.kind === "failed") {
      closing = true;
      ready.reject(readError(reply.error));
    } else if (reply.kind === "group") {
      takeGroup(reply);
    } else if (reply.kind === "filesMoved") {
      options.onFilesMoved(reply.problem === null ? null : readError(reply.problem));
    } else {
      closed.resolve();
    }
  });
  worker.on("error", (cause) => stop(cause));
  worker.on("exit", () => {
    if (!closing) stop(new Error("the writer thread ended"));
    closed.resolve();
  });

  function stop(cause: unknown): void {
    broken ??= new AppError("store_unavailable", "The store's writer stopped.", { cause });
    ready.reject(broken);
    pending.rejectAll(broken);
    if (!closing) options.onFatal(broken);
  }

  function takeGroup(reply: GroupReply): void {
    if (reply.fatal !== null) {
      broken = readError(reply.fatal);
      options.onFatal(broken);
    }
    listeners.notify(reply, pending);
    for (const answer of reply.answers) pending.settle(answer);
  }

  /** All calls of one turn of the event loop are sent in one message at its end. */
  function send(call: Call): void {
    unsent.push(call);
    if (unsent.length === 1) setImmediate(flush);
  }

  function flush(): void {
    if (unsent.length === 0 && listening === undefined) return;
    const request: WriterRequest = {
      leaseNow: options.leaseClock(),
      calls: unsent.map(toCallWire),
      ...(listening === undefined ? undefined : { listening }),
    };
    unsent = [];
    listening = undefined;
    worker.postMessage(request);
  }

  function refuseWhenStopped(): void {
    if (broken !== null) throw broken;
    if (closing) throw closedStore();
  }

  function ask(name: string, p: unknown, app?: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const isPublish = app !== undefined;
      const take = (value: unknown) => resolve(isPublish ? readReplyWire(value) : value);
      const id = pending.add({ p, isPublish, resolve: take, reject });
      send({ id, name, p, ...(app === undefined ? undefined : { app }) });
    });
  }

  await ready.promise;
  return {
    leaseClock: options.leaseClock,
    async call(name, p) {
      refuseWhenStopped();
      return await calls.run(name, p);
    },
    listen(owner, onLeased) {
      listening = listeners.listen(owner, onLeased);
      if (unsent.length === 0) flush();
    },
    onChanged: listeners.onChanged,
    openPort: () => joinWriter(worker, ++clientCount),
    async close() {
      if (closing) return await closed.promise;
      closing = true;
      flush();
      worker.postMessage({
        leaseNow: options.leaseClock(),
        calls: [],
        close: true,
      });
      await closed.promise;
      await worker.terminate();
    },
  };
}
