/** A reporter of node's runner for `break-claims.ts`: one line of JSON for each test that ended. */
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
  /** Why it was skipped, or the first line of what it says of its failure. */
  readonly reason: string;
  /** `says_no`: a check of its own failed; `no_end`: it did not end in time. */
  readonly kind: "says_no" | "no_end" | "other";
};

/** What surrounds the message of a test that was run by another one. */
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

/** The first line, and of a comparison the first lines that differ. */
function firstWords(message: string): string {
  const lines = message.split("\n").filter((line) => !NO_WORDS.test(line));
  const [first = "", ...rest] = lines.map((line) => line.trim());
  if (!first.endsWith(":")) return first.replace(/^error: /, "");
  return [first, ...rest.filter((line) => DIFFERS.test(line)).slice(0, 2)].join(" ");
}
