/**
 * The writer thread: the only one that changes the file. It runs the waiting calls in groups and answers each
 * with one message. While a commit is written to disk the next group forms, so nothing is delayed on purpose.
 * This file must not know the meaning of any call.
 */
import type { AppError } from "../../../core/error.ts";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { PublishReply } from "../accept/accept.ts";
import { MEMORY } from "../connection.ts";
import { readCallWire, toReplyWire } from "./call-wire.ts";
import { refuseAfter, runGroup } from "./group-commit.ts";
import type { Answer, Call, GroupResult, Operations } from "./group-commit.ts";
import { openWriter } from "./make-writer.ts";
import type { OpenWriter } from "./make-writer.ts";
import { READS } from "./reads.ts";
import { writeError } from "./thread-errors.ts";
import type { AnswerWire, WriterReply, WriterRequest, WriterStart } from "./thread-messages.ts";
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
  let closing = false;
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

  function take(request: WriterRequest): void {
    open.setLeaseNow(request.leaseNow);
    for (const call of request.calls) waiting.add(readCallWire(call));
    if (request.listening !== undefined) {
      open.listening.clear();
      for (const owner of request.listening) open.listening.add(owner);
    }
    closing ||= request.close === true;
  }

  function takeWaitingCalls(): void {
    for (;;) {
      const next = receiveMessageOnPort(port as NonNullable<typeof port>);
      if (next === undefined) return;
      take(next.message as WriterRequest);
    }
  }

  port?.on("message", (request: WriterRequest) => {
    take(request);
    for (;;) {
      takeWaitingCalls();
      if (waiting.size === 0) break;
      const result = runOrRefuse(waiting.takeGroup());
      fatal ??= result.fatal;
      reply(toReply(open, result));
      waiting.settle(result.answers);
      if (fatal === null) writer.checkpoints.afterCommit(waiting.size === 0);
    }
    if (!closing) return;
    clearInterval(filesCheck);
    // A close would write once more and move the log into the file, so the process ends without it.
    if (fatal === null) open.close();
    reply({ kind: "closed" });
    port?.close();
  });
  const { files } = open;
  const filesCheck = setInterval(() => {
    noteMoved(files?.problem() ?? null);
    if (fatal === null && moved === null) writer.checkpoints.tick();
  }, FILES_CHECK_MS);
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

function toValueWire({ value, isPublish }: Extract<Answer, { ok: true }>): unknown {
  return isPublish ? toReplyWire(value as PublishReply) : value;
}

function toReply({ writer }: OpenWriter, result: GroupResult): WriterReply {
  const due = new Map<string, string[]>();
  for (const { endpointId, shard } of result.due) {
    const owner = writer.state.shards()[shard]?.owner;
    if (owner === null || owner === undefined) continue;
    const list = due.get(owner);
    if (list === undefined) due.set(owner, [endpointId]);
    else list.push(endpointId);
  }
  return {
    kind: "group",
    answers: result.answers.map((answer): AnswerWire =>
      answer.ok
        ? [answer.id, true, toValueWire(answer)]
        : [answer.id, false, writeError(answer.error)],
    ),
    due: [...due],
    changed: result.changed,
    fatal: result.fatal === null ? null : writeError(result.fatal),
  };
}
