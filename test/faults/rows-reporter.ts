/**
 * A reporter of node's runner: one line of JSON for each test of a row of the fault matrix. The title of such
 * a test begins with the row's number. `scripts/fault-rows.ts` reads the lines.
 */
type TestEvent = {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
  };
};

export type RowResult = {
  readonly row: string;
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped" | "known to fall short";
  /** The reason of the skip, or of the known shortcoming. */
  readonly reason: string;
};

export default async function* reportRows(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    const row = /^F\d+(?= )/.exec(data.name ?? "")?.[0];
    if (row === undefined || (type !== "test:pass" && type !== "test:fail")) continue;
    yield `${JSON.stringify(toResult(row, type, data))}\n`;
  }
}

function toResult(
  row: string,
  type: string,
  { name = "", skip, todo }: TestEvent["data"],
): RowResult {
  const reason = typeof skip === "string" ? skip : typeof todo === "string" ? todo : "";
  if (skip !== undefined && skip !== false) return { row, name, result: "skipped", reason };
  if (type === "test:pass") return { row, name, result: "passed", reason };
  const result = todo === undefined || todo === false ? "failed" : "known to fall short";
  return { row, name, result, reason };
}
