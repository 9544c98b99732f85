/**
 * The writer thread: the only one that changes the file. It runs the waiting calls in groups and answers each
 * with one message. While a commit is written to disk the next group forms, so nothing is delayed on purpose.
 * This file must not know the meaning of any call.
 */
import type { AppError } from "../../../core/error.ts";
import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from "node:worker_threads";
import { MEMORY } from "../connection.ts";
import { readCallWire } from "./call-wire.ts";
import { refuseAfter, runGroup } from "./group-commit.ts";
import type { Call, GroupResult, Operations } from "./group-commit.ts";
import { openWriter } from "./make-writer.ts";
import type { OpenWriter } from "./make-writer.ts";
import { READS } from "./reads.ts";
import { writeError } from "../../thread/thread-errors.ts";
import type { WriterReply, WriterRequest, WriterStart } from "./thread-messages.ts";
import { createWriterClients, MAIN_CLIENT } from "./writer-clients.ts";
import { createWriterQueue } from "./writer-queue.ts";
import { WRITES } from "./writes.ts";

/** Interval in which a deleted or replaced file is noticed, and the log is cut, without a write. */
const FILES_CHECK_MS = 500;

const port = parentPort;
if (port === null) throw new Error("writer-worker.ts must run in a worker thread");
const start = workerData as WriterStart;

const reply = (message: WriterReply): void => port.postMessage(message);

try {
  run(openWriter(start));
} catch (error) {
  reply({ kind: "failed", error: writeError(error) });
}

function run(open: OpenWriter): void {
  const { writer } = open;
  const operations = createOperations(start.path);
  const waiting = createWriterQueue(() => performance.now());
  const clients = createWriterClients(open, reply);
  const ports = new Map<number, MessagePort>();
  let closing = false;
  let isClosed = false;
  /** The failed fsync after which nothing may be written. */
  let fatal: unknown = null;
  /** Refusal while the path does not name the open files: nothing is written until it does again. */
  let moved: AppError | null = null;

  function noteMoved(problem: AppError | null): void {
    const hasChanged = (problem === null) !== (moved === null);
    moved = problem;
    if (!hasChanged) return;
    reply({ kind: "filesMoved", problem: problem === null ? null : writeError(problem) });
  }

  function runOrRefuse(calls: Iterable<Call>): GroupResult {
    if (fatal !== null) return refuseAfter(fatal, calls);
    const problem = moved ?? open.files?.storeProblem() ?? null;
    if (problem === null)
      return runGroup(writer, { calls, operations, failpoint: start.failpoint });
    noteMoved(problem);
    return refuseAfter(problem, calls);
  }

  function take(request: WriterRequest, client: number): void {
    if (request.leaseNow !== undefined) open.setLeaseNow(request.leaseNow);
    for (const call of request.calls) waiting.add(readCallWire(call));
    if (request.listening !== undefined) clients.listen(client, request.listening);
    if (request.join !== undefined) serve(request.join.port, request.join.client);
    closing ||= request.close === true;
  }

  function takeWaitingCalls(): void {
    for (const [client, from] of ports) {
      for (;;) {
        const next = receiveMessageOnPort(from);
        if (next === undefined) break;
        take(next.message as WriterRequest, client);
      }
    }
  }

  function serve(from: MessagePort, client: number): void {
    ports.set(client, from);
    if (client !== MAIN_CLIENT) {
      clients.add(client, (message) => from.postMessage(message));
      from.on("close", () => ports.delete(client));
    }
    from.on("message", (request: WriterRequest) => {
      take(request, client);
      runWaitingCalls();
    });
  }

  function runWaitingCalls(): void {
    for (;;) {
      takeWaitingCalls();
      if (waiting.size === 0) break;
      const result = runOrRefuse(waiting.takeGroup());
      fatal ??= result.fatal;
      clients.reply(result);
      waiting.settle(result.answers);
      if (fatal === null) writer.checkpoints.afterCommit(waiting.size === 0);
    }
    if (closing && !isClosed) close();
  }

  function close(): void {
    isClosed = true;
    clearInterval(filesCheck);
    // A close would write once more and move the log into the file, so the process ends without it.
    if (fatal === null) open.close();
    reply({ kind: "closed" });
    for (const each of ports.values()) each.close();
  }

  // Publishes that arrive during a slice of upkeep end it, and join its transaction.
  open.setAwaited(() => {
    takeWaitingCalls();
    return waiting.hasPublishes();
  });
  const { files } = open;
  const filesCheck = setInterval(() => {
    noteMoved(files?.problem() ?? null);
    if (fatal === null && moved === null) writer.checkpoints.tick();
  }, FILES_CHECK_MS);
  serve(port as NonNullable<typeof port>, MAIN_CLIENT);
  reply({ kind: "ready" });
}

/** A store in memory has one connection, so its writer answers queries as well. */
function createOperations(path: string): Operations {
  const reads =
    path !== MEMORY
      ? []
      : Object.entries(READS as Record<string, (reader: never, p: never) => unknown>).map(
          ([name, read]) =>
            [
              name,
              (writer: OpenWriter["writer"], p: never) =>
                read({ ...writer, checkDeadline: () => undefined } as never, p),
            ] as const,
        );
  return { ...Object.fromEntries(reads), ...WRITES };
}
