import assert from "node:assert/strict";
import { test } from "node:test";
import { createPendingCalls } from "./pending-calls.ts";

const ask = (pending: ReturnType<typeof createPendingCalls>) => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { promise, id: pending.add({ p: null, isPublish: false, resolve, reject }) };
};

test("each answer settles the call of its id, and callers of one thread have different ids", async () => {
  const [ours, theirs] = [createPendingCalls(), createPendingCalls(1_000)];
  const [first, second, other] = [ask(ours), ask(ours), ask(theirs)];
  assert.equal(new Set([first.id, second.id, other.id]).size, 3);
  assert.ok(other.id >= 1_000);
  ours.settle([second.id, true, "second"]);
  ours.settle([second.id, true, "again"]);
  assert.equal(ours.get(second.id), undefined);
  ours.settle([first.id, true, "first"]);
  theirs.settle([other.id, true, "other"]);
  assert.deepEqual(await Promise.all([first.promise, second.promise, other.promise]), [
    "first",
    "second",
    "other",
  ]);
  assert.equal(ours.size + theirs.size, 0);
});

test("all calls that wait are rejected together", async () => {
  const pending = createPendingCalls();
  const calls = [ask(pending), ask(pending), ask(pending)];
  const gone = new Error("gone");
  pending.rejectAll(gone);
  for (const { promise } of calls) await assert.rejects(promise, gone);
  assert.equal(pending.size, 0);
});
