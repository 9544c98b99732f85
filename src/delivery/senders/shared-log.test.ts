import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { test } from "node:test";
import { createSharedLog, writeLines } from "./shared-log.ts";

test("lines of a thread are written in their order, and bounded until the main thread has written them", async () => {
  const memory = new SharedArrayBuffer(4);
  const posted: (readonly string[])[] = [];
  const written: string[] = [];
  let dropped = 0;
  const given = {
    post: (lines: readonly string[]) => void posted.push(lines),
    onDropped: () => void (dropped += 1),
  };
  // Two threads share the bound.
  const [one, other] = [createSharedLog(memory, given), createSharedLog(memory, given)];
  const half = "x".repeat(512 * 1024);
  one.write("first\n");
  one.write(half);
  other.write(half);
  assert.equal(dropped, 1);
  await nextTurn();
  assert.deepEqual(posted, [["first\n", half]]);
  for (const lines of posted.splice(0)) {
    writeLines(memory, lines, { write: (line) => void written.push(line) });
  }
  assert.deepEqual(written, ["first\n", half]);
  other.write(half);
  other.flush();
  assert.deepEqual(posted, [[half]]);
  assert.equal(dropped, 1);
});
