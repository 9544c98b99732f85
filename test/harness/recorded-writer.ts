/** A writer in memory that records its statements, and the plans that SQLite has for them. */
import assert from "node:assert/strict";
import type { StatementSync } from "node:sqlite";
import { toLimitValues } from "../../src/core/limits.ts";
import { DEFAULT_LEASE_ROOM } from "../../src/store/queue/lease-room.ts";
import { createAcceptState } from "../../src/store/sqlite/accept/accept-state.ts";
import { runGroup } from "../../src/store/sqlite/thread/group-commit.ts";
import { openWriter } from "../../src/store/sqlite/thread/make-writer.ts";
import type { Reader, Writer } from "../../src/store/sqlite/thread/writer-types.ts";
import { writeSession } from "../../src/store/sqlite/write-session.ts";
import { WRITES } from "../../src/store/sqlite/thread/writes.ts";

/** Small tables of fixed size, lists that a call or a statement limits, or tables read once for a whole call. */
const MAY_BE_SCANNED = [
  "shard",
  "setting",
  "migration",
  "endpointQueue",
  "json_each",
  "step",
  "chunk",
  "counted",
  "sqlite_schema",
];

type Step = { readonly text: string; readonly step: string };

/** A writer in memory that remembers every statement it was asked for. */
export function openRecorded() {
  const decide = {
    optOutMatch: "word",
    stopKeywords: ["stop"],
    unstopKeywords: [],
    largeTextBytes: 10,
  } as const;
  const open = openWriter({
    path: ":memory:",
    decide,
    leaseRoom: { ...DEFAULT_LEASE_ROOM, endpoint: 3 },
    limits: toLimitValues(),
  });
  const texts = new Set<string>();
  const recording = (prepare: (text: string) => StatementSync) => (text: string) => {
    texts.add(text);
    return prepare(text);
  };
  const connection = {
    db: open.writer.db,
    sql: recording(open.writer.sql),
    arrays: recording(open.writer.arrays),
  };
  const writer: Writer = {
    ...open.writer,
    ...connection,
    session: writeSession(connection, () => writer),
    accept: createAcceptState(() => writer),
  };
  const reader: Reader = { ...writer, checkDeadline: () => undefined };
  return {
    ...open,
    recorded: writer,
    reader,
    forgetStatements: () => texts.clear(),
    run(name: keyof typeof WRITES, p: unknown): unknown {
      const calls = [{ id: 1, name, p }];
      const [answer] = runGroup(writer, { calls, operations: WRITES, failpoint: null }).answers;
      assert.ok(answer?.ok === true, `${name} failed`);
      return answer.value;
    },
    plans: (): Step[] =>
      [...texts]
        .filter((text) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(text))
        .flatMap((text) =>
          open.writer.db
            .prepare(`EXPLAIN QUERY PLAN ${text}`)
            .all()
            .map((row) => ({ text, step: row["detail"] as string })),
        ),
  };
}

export function slowAmong(plans: readonly Step[]): readonly Step[] {
  return plans.filter(({ step }) => {
    const scanned = /^SCAN (\w+)/.exec(step)?.[1];
    return (
      step.includes("TEMP B-TREE") || (scanned !== undefined && !MAY_BE_SCANNED.includes(scanned))
    );
  });
}
