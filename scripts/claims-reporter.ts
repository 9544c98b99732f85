/** A reporter of node's runner for `break-claims.ts`: one line of JSON for each finished test. */
type TestEvent = {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly skip?: string | boolean;
    readonly details?: {
      readonly error?: { readonly failureType?: string; readonly cause?: unknown };
    };
  };
};

export type TestResult = {
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** The reason of a skip, or the first line of the failure's message. */
  readonly reason: string;
  /** `says_no`: an assertion failed; `no_end`: the test timed out. */
  readonly kind: "says_no" | "no_end" | "other";
};

/** Lines around the message of a test in a nested run. */
const NO_WORDS =
  /^\s*$|^TAP version|^# Subtest|^(?:not )?ok \d|^ +(?:---|duration_ms|type|location|failureType|error: \|-)/;
const DIFFERS = /^[+-] +(?!actual)|^assert\b| !== /;

const KINDS: Readonly<Record<string, TestResult["kind"]>> = {
  testCodeFailure: "says_no",
  testTimeoutFailure: "no_end",
};

export default async function* reportResults(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    yield `${JSON.stringify(toResult(type, data))}\n`;
  }
}

function toResult(type: string, { name = "", skip, details }: TestEvent["data"]): TestResult {
  if (skip !== undefined && skip !== false) {
    return { name, result: "skipped", reason: String(skip), kind: "other" };
  }
  if (type === "test:pass") return { name, result: "passed", reason: "", kind: "other" };
  const { failureType = "", cause } = details?.error ?? {};
  const message = cause instanceof Error ? cause.message : failureType;
  const reason = firstWords(message);
  return { name, result: "failed", reason, kind: KINDS[failureType] ?? "other" };
}

/** The first line of the message, and the first different lines of a comparison. */
function firstWords(message: string): string {
  const lines = message.split("\n").filter((line) => !NO_WORDS.test(line));
  const [first = "", ...rest] = lines.map((line) => line.trim());
  if (!first.endsWith(":")) return first.replace(/^error: /, "");
  return [first, ...rest.filter((line) => DIFFERS.test(line)).slice(0, 2)].join(" ");
}
