/**
 * Group commit: all waiting calls are one transaction and one fsync (I1). No answer is sent before COMMIT has
 * returned.
 *
 * A call that fails after a write must not affect the others, but a savepoint per call would copy every page
 * twice. The group therefore runs without savepoints. Only when a call breaks is the group rolled back and
 * run again with a savepoint around each call.
 */
import type { Publish } from "../../interface/accept.ts";
import type { FanOutStore } from "../../interface/fan-outs.ts";
import { hitFailpoint } from "../../failpoint.ts";
import type { Failpoint } from "../../failpoint.ts";
import { mayRefuseAfterWriting } from "../../accept/publish.ts";
import { isRefused } from "../accept/accept.ts";
import type { PublishReply } from "../accept/accept.ts";
import type { ChangeNote, DueNote } from "./after-commit.ts";
import { toFault, unavailable } from "../file/sqlite-error.ts";
import type { Writer } from "./writer-types.ts";

export type Call = {
  readonly id: number;
  readonly name: string;
  readonly p: unknown;
  /** The application of a publish, by one name. */
  readonly app?: string;
};
export type Answer =
  | {
      readonly id: number;
      readonly ok: true;
      readonly value: unknown;
      readonly isPublish: boolean;
    }
  | { readonly id: number; readonly ok: false; readonly error: unknown };
export type GroupResult = {
  readonly answers: readonly Answer[];
  readonly due: readonly DueNote[];
  readonly changed: readonly ChangeNote[];
  /** Set when the program must stop because an fsync failed. */
  readonly fatal: unknown;
};
export type Operations = Readonly<Record<string, (writer: Writer, p: never) => unknown>>;

export const PUBLISH = "accept.publish";
const FAN_OUT = "fanOuts.step";
type Part = Awaited<ReturnType<FanOutStore["step"]>>;
/** Calls that every delivery needs. They refuse nothing after a write, so the savepoint is saved. */
const UNGUARDED: ReadonlySet<string> = new Set([
  PUBLISH,
  "queue.dueEndpoints",
  "queue.claim",
  "queue.record",
  "queue.release",
  FAN_OUT,
  "shards.hold",
]);

type GroupParams = {
  /** Taken one by one, each when the previous one has run. */
  readonly calls: Iterable<Call>;
  readonly operations: Operations;
  readonly failpoint: Failpoint | null;
};
type Group = Pick<GroupParams, "operations" | "failpoint"> & { readonly calls: Taken };

export function runGroup(writer: Writer, p: GroupParams): GroupResult {
  const group = { ...p, calls: takeOneByOne(p.calls) };
  try {
    return runTransaction(writer, group, false);
  } catch (error) {
    undo(writer);
    if (toFault(error) !== "bug") return failed(group.calls.takeAll(), error);
  }
  try {
    return runTransaction(writer, group, true);
  } catch (error) {
    undo(writer);
    return failed(group.calls.takeAll(), error);
  }
}

/** The calls of a group, which may run twice. */
type Taken = {
  /** Takes this call unless it was taken before; undefined after the last one. */
  at(index: number): Call | undefined;
  takeAll(): readonly Call[];
};

function takeOneByOne(calls: Iterable<Call>): Taken {
  const source = calls[Symbol.iterator]();
  const taken: Call[] = [];
  function takeNext(): Call | undefined {
    const next = source.next();
    if (next.done === true) return undefined;
    taken.push(next.value);
    return next.value;
  }
  return {
    at: (index) => (index < taken.length ? taken[index] : takeNext()),
    takeAll() {
      while (takeNext() !== undefined);
      return taken;
    },
  };
}

function runTransaction(writer: Writer, p: Group, withSavepoints: boolean): GroupResult {
  writer.sql("BEGIN IMMEDIATE").run();
  writer.sequences.reserve();
  const answers: Answer[] = [];
  let hasPublish = false;
  let hasPart = false;
  for (let index = 0; ; index += 1) {
    const call = p.calls.at(index);
    if (call === undefined) break;
    hasPublish ||= call.name === PUBLISH;
    const answer = runCall(writer, p.operations, call, withSavepoints);
    hasPart ||= call.name === FAN_OUT && answer.ok && (answer.value as Part).made > 0;
    answers.push(answer);
  }
  writer.windows.flush();
  writer.afterCommit.flush(writer);
  writer.sql("COMMIT").run();
  if (p.failpoint !== null && hasPublish) {
    hitFailpoint(p.failpoint, "after-commit-before-reply");
  }
  if (p.failpoint !== null && hasPart) hitFailpoint(p.failpoint, "between-fan-out-parts");
  writer.state.committed();
  writer.backlog.committed();
  writer.windows.committed();
  const { due, changed, pendingBytes } = writer.afterCommit.take();
  writer.pendingBytes.committed(pendingBytes);
  return { answers, due, changed, fatal: null };
}

function runCall(
  writer: Writer,
  operations: Operations,
  call: Call,
  withSavepoints: boolean,
): Answer {
  const operation = operations[call.name];
  if (operation === undefined) throw new TypeError(`the writer has no operation ${call.name}`);
  const isPublish = call.name === PUBLISH;
  const guarded =
    withSavepoints ||
    !UNGUARDED.has(call.name) ||
    (isPublish && mayRefuseAfterWriting(call.p as Publish));
  const marks = guarded ? setMarks(writer) : null;
  try {
    const value = operation(writer, call.p as never);
    if (marks !== null) {
      if (isPublish && isRefused(value as PublishReply)) rollbackTo(writer, marks);
      writer.sql("RELEASE call").run();
    }
    return { id: call.id, ok: true, value, isPublish };
  } catch (error) {
    // Without a savepoint the whole group runs again, this time with one around each call.
    if (marks === null || toFault(error) !== "bug") throw error;
    rollbackTo(writer, marks);
    writer.sql("RELEASE call").run();
    return { id: call.id, ok: false, error };
  }
}

type Marks = { readonly afterCommit: number; readonly state: number; readonly windows: number };

function setMarks(writer: Writer): Marks {
  writer.sql("SAVEPOINT call").run();
  const { afterCommit, state, windows } = writer;
  return { afterCommit: afterCommit.mark(), state: state.mark(), windows: windows.mark() };
}

function rollbackTo(writer: Writer, marks: Marks): void {
  writer.sql("ROLLBACK TO call").run();
  writer.afterCommit.rollback(marks.afterCommit);
  writer.state.rollback(marks.state);
  writer.backlog.rollback();
  writer.windows.rollback(marks.windows);
  writer.registers.forgetAll();
}

function undo(writer: Writer): void {
  // A full disk or a failed COMMIT may have ended the transaction already.
  if (writer.db.isTransaction) writer.db.exec("ROLLBACK");
  writer.afterCommit.rollback(0);
  writer.state.abandon();
  writer.backlog.rollback();
  writer.windows.rollback(0);
  writer.registers.forgetAll();
  writer.sequences.forgetReserved();
  writer.idGenerator.forgetReserved();
}

/** After a failed fsync, or while the files are not in place, a write could be lost. */
export function refuseAfter(cause: unknown, calls: Iterable<Call>): GroupResult {
  return failed([...calls], cause);
}

function failed(calls: readonly Call[], cause: unknown): GroupResult {
  const error = toFault(cause) === "bug" ? cause : unavailable(cause);
  return {
    answers: calls.map(({ id }) => ({ id, ok: false, error })),
    due: [],
    changed: [],
    fatal: toFault(cause) === "fatal" ? cause : null,
  };
}
