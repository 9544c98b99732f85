/** I4: a slice of a job holds SQLite's only writer, so it ends soon after its time. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { mock, test } from "node:test";
import { now, runNow } from "../sqlite/session.ts";
import type { WriteSession } from "../session.ts";
import { walk } from "./walk.ts";

/** The numbers of rows that a walk reads at once, when it takes nothing and each row takes `rowMs`. */
function readCounts(p: { rowMs: number; sliceMs: number }): readonly number[] {
  let at = 0;
  const clock = mock.method(performance, "now", () => at);
  const counts: number[] = [];
  try {
    const cx = { limit: 200, room: { free: 1000 }, stopAt: p.sliceMs };
    runNow(
      walk<number>({} as WriteSession, cx, 0, {
        end: 1e9,
        behind: (row) => row + 1,
        read: (from, count) =>
          now(() => {
            counts.push(count);
            at += count * p.rowMs;
            return Array.from({ length: count }, (_, i) => from + i);
          }),
        select: () => now(() => []),
        toPlace: (row) => row,
        adds: () => 1,
        apply: () => now(() => 0),
      }),
    );
  } finally {
    clock.mock.restore();
  }
  return counts;
}

test("the walk of a job reads more rows at once only while they fit into its slice", () => {
  assert.deepEqual(readCounts({ rowMs: 0.001, sliceMs: 1 }), [100, 200, 400, 400]);
  assert.deepEqual(readCounts({ rowMs: 0.01, sliceMs: 5 }), [100, 200, 200]);
  assert.deepEqual(readCounts({ rowMs: 0.03, sliceMs: 5 }), [100, 100]);
  assert.deepEqual(readCounts({ rowMs: 0.1, sliceMs: 5 }), [100]);
});
