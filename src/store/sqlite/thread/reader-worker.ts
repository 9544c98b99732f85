/**
 * A reader thread: one read-only connection and one query at a time. Each query is one read transaction, so
 * it sees one state of the store. A query cannot be interrupted from outside, so it reads in chunks and
 * checks its deadline between them (I4).
 */
import { parentPort, workerData } from "node:worker_threads";
import { refuseLate } from "../../refusals.ts";
import { openConnection } from "../connection.ts";
import { refuseOtherSchema } from "../migrations.ts";
import { READS } from "./reads.ts";
import { toFault, unavailable } from "../file/sqlite-error.ts";
import { writeError } from "../../thread/thread-errors.ts";
import type { AnswerWire } from "../../thread/pending-calls.ts";
import type { ReaderReply, ReaderRequest, ReaderStart } from "./thread-messages.ts";
import type { Reader } from "./writer-types.ts";

const port = parentPort;
if (port === null) throw new Error("reader-worker.ts must run in a worker thread");
const start = workerData as ReaderStart;

let deadlineAt = 0;
let opened: Reader | undefined;

port.on("message", ({ calls }: ReaderRequest) => {
  for (const { id, name, p } of calls) {
    port.postMessage({ answers: [answer(id, name, p)] } satisfies ReaderReply);
  }
});

function answer(id: number, name: string, p: unknown): AnswerWire {
  const read = (READS as Readonly<Record<string, (reader: Reader, p: never) => unknown>>)[name];
  try {
    if (read === undefined) throw new TypeError(`the readers have no query ${name}`);
    opened ??= openReader();
    deadlineAt = performance.now() + start.deadlineMs;
    opened.sql("BEGIN").run();
    try {
      return [id, true, read(opened, p as never)];
    } finally {
      opened.sql("COMMIT").run();
    }
  } catch (error) {
    return [id, false, writeError(toFault(error) === "bug" ? error : unavailable(error))];
  }
}

function openReader(): Reader {
  const connection = openConnection({ path: start.path, readOnly: true });
  refuseOtherSchema(connection);
  return { ...connection, checkDeadline: () => refuseLate(deadlineAt) };
}
