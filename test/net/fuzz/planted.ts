/**
 * Bugs planted in the exchange as it is loaded, each a plausible error in one line. A fuzzer that does not find
 * them proves nothing.
 */
import type { Edit } from "../../harness/patched-program.ts";
import { PROMISES } from "./promises.ts";
import type { BrokenPromise } from "./promises.ts";

const EXCHANGE = "src/net/exchange/exchange.ts";
const HEAD_READER = "src/net/exchange/response-head.ts";
const HEAD_PARSER = "src/net/exchange/parse-head.ts";
const BODY_READER = "src/net/exchange/response-body.ts";
const CONNECTIONS = "src/net/connect/connections.ts";

type Planted = Edit & {
  readonly foundAs: readonly BrokenPromise[];
  /** The number of cases in which the bug is found; the default is the number that finds each. */
  readonly cases?: number;
};

const CASES_TO_FIND = 8000;

export function casesToFind(bug: PlantedBug): number {
  const { cases = CASES_TO_FIND }: Planted = PLANTED[bug];
  return cases;
}

export const PLANTED = {
  "an answer that is whole and over the limit settles twice": {
    file: EXCHANGE,
    from: 'return this.#settleResponse(head, "over_limit");',
    to: 'this.#settleResponse(head, "over_limit");',
    foundAs: [PROMISES.settlesOnce],
  },
  "a close without a byte is not expected": {
    file: EXCHANGE,
    from: "this.#scanner?.end()",
    to: "this.#scanner.end()",
    foundAs: [PROMISES.throws],
  },
  "an interim answer is believed": {
    file: HEAD_READER,
    from: "if (head.status >= 200) return",
    to: "if (head.status >= 102) return",
    foundAs: [PROMISES.believed],
  },
  "a head that a reset cuts off is believed": {
    file: EXCHANGE,
    from: "error === null ? this.#scanner?.end() : undefined",
    to: "this.#scanner?.end()",
    foundAs: [PROMISES.believed],
  },
  "a faulty head pauses the endpoint": {
    file: HEAD_PARSER,
    from: 'isBroken ? undefined : first("retry-after")',
    to: 'first("retry-after")',
    foundAs: [PROMISES.faultyHead],
  },
  "sizes of chunks are read in lower case only": {
    file: BODY_READER,
    from: "const lower = byte | 0x20;",
    to: "const lower = byte;",
    foundAs: [PROMISES.body, PROMISES.ends],
  },
  "bytes behind an answer are ignored": {
    file: BODY_READER,
    from: "if (own < bytes.length) this.isTainted = true;",
    to: "",
    foundAs: [PROMISES.reused],
  },
  "bytes on an idle connection are ignored": {
    file: CONNECTIONS,
    from: "if (connection.user === undefined) drop(connection);",
    to: "if (connection.user === undefined) return;",
    foundAs: [PROMISES.reused],
  },
  "a connection is reused after a faulty head": {
    file: HEAD_PARSER,
    from: "      !isBroken &&\n",
    to: "",
    foundAs: [PROMISES.reused],
  },
  "a return within the size of a chunk is skipped": {
    file: BODY_READER,
    from: "if (this.#previous === CR) this.isTainted = true;",
    to: "",
    foundAs: [PROMISES.reused],
  },
  "a request is repeated after a byte of an answer": {
    file: EXCHANGE,
    from: "this.#firstByteAtMs > 0 || ",
    to: "",
    foundAs: [PROMISES.repeated],
  },
  "a settled attempt listens to its signal": {
    file: EXCHANGE,
    from: 'this.#options.signal?.removeEventListener("abort", this.#onAbort);',
    to: "",
    foundAs: [PROMISES.left],
  },
  "a connection that is not kept stays open": {
    file: EXCHANGE,
    from: "if (kept === null) this.#options.connections.drop(connection);",
    to: "if (kept === null) connection.user = undefined;",
    foundAs: [PROMISES.reused],
  },
  "a settled attempt keeps its timer": {
    file: EXCHANGE,
    from: "clearTimeout(this.#timer);\n    if (this.#onAbort",
    to: "if (this.#onAbort",
    foundAs: [PROMISES.left],
    // Timers are counted after the last case.
    cases: 200,
  },
  "the end of a head is missed where two reads meet": {
    file: HEAD_READER,
    from: "this.#searched = Math.max(0, bytes.length - 2);",
    to: "this.#searched = bytes.length;",
    // The head ends later, at its close or with another empty line.
    foundAs: [PROMISES.ends, PROMISES.taken, PROMISES.faultyHead],
  },
  "a request is written before the rest of the last read is seen": {
    file: EXCHANGE,
    from: "if (!connection.isSettling) this.onSettled();",
    to: "this.onSettled();",
    foundAs: [PROMISES.believed, PROMISES.body, PROMISES.reused],
  },
  "answers stay in memory": {
    file: EXCHANGE,
    from: "    this.#options.resolve(exchanged);",
    to: "    (globalThis.settled ??= []).push(exchanged);\n    this.#options.resolve(exchanged);",
    foundAs: [PROMISES.left],
    // The memory of the first quarter is compared with that after the last case.
    cases: 3000,
  },
} as const satisfies Record<string, Planted>;

export type PlantedBug = keyof typeof PLANTED;
