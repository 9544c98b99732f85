/** Tasks of one replay are one row until it is opened. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findLastGroup, foldTasks, toRowKey, toSum } from "./task-groups.ts";
import type { FoldedTask } from "./task-groups.ts";

function task(
  id: string,
  groupId: string | null,
  { status = "running", ...more }: Partial<FoldedTask["data"] & Pick<FoldedTask, "status">> = {},
): FoldedTask {
  const data = { reason: null, progress: 0, messagesSent: 0, createdAt: "2026-01-01", ...more };
  return { id, status, data: groupId === null ? data : { ...data, groupId } };
}

test("the tasks of a group are one row, and below it when it is open", () => {
  const tasks = [task("a", "g"), task("b", null), task("c", "g"), task("d", "single")];
  assert.deepEqual(foldTasks(tasks, null, false).map(toRowKey), ["g", "b", "d"]);
  assert.deepEqual(foldTasks(tasks, "g", false).map(toRowKey), ["g", "a", "c", "b", "d"]);
});

test("a group at the end of a list that goes on is not whole, even with one task of it", () => {
  const tasks = [task("a", "g"), task("b", "g"), task("c", null), task("d", "h")];
  const groupsOf = (hasMore: boolean) =>
    foldTasks(tasks, null, hasMore).flatMap(({ group }) =>
      group === undefined ? [] : [[group.id, group.isWhole]],
    );
  assert.deepEqual(groupsOf(true), [
    ["g", true],
    ["h", false],
  ]);
  assert.deepEqual(groupsOf(false), [["g", true]]);
  assert.deepEqual([findLastGroup(tasks), findLastGroup(tasks.slice(0, 3))], ["h", null]);
});

test("the sum of a group has its whole progress and the state that needs most attention", () => {
  const sumOf = (...tasks: readonly FoldedTask[]) =>
    toSum({ id: "g", tasks, isOpen: false, isWhole: true });
  const running = sumOf(
    task("a", "g", { progress: 0.5, messagesSent: 3, createdAt: "2026-01-02" }),
    task("b", "g", { status: "finished", progress: 1, messagesSent: 4 }),
    task("c", "g", { status: "failed", progress: 0.2, reason: "endpoint_deleted" }),
    task("d", "g", { reason: "waiting_for_turn" }),
  );
  assert.deepEqual(running, {
    status: "running",
    isCancelled: false,
    waiting: 1,
    progress: 0.625,
    sent: 7,
    createdAt: "2026-01-01",
  });
  const ended = sumOf(task("a", "g", { status: "failed", reason: "cancelled" }));
  assert.deepEqual([ended.status, ended.isCancelled], ["failed", true]);
});
