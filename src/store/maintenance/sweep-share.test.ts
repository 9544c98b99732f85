import assert from "node:assert/strict";
import { test } from "node:test";
import { isSliceOver, toPauseMs, toSharedMs } from "./sweep-share.ts";

test("the sweep takes a quarter of the writer, and half of it while the search index is far behind", () => {
  assert.equal(toPauseMs({ isBehind: false, heldMs: 10 }), 30);
  assert.equal(toPauseMs({ isBehind: true, heldMs: 10 }), 10);
  assert.equal(toPauseMs({ isBehind: false, heldMs: 0.1 }), 4);
  assert.equal(toPauseMs({ isBehind: true, heldMs: 0.1 }), 1);
});

test("a slice beside publishes takes no more than its share of the time since the previous one", () => {
  assert.equal(toSharedMs({ isBehind: false, sinceMs: 30 }), 10);
  assert.equal(toSharedMs({ isBehind: true, sinceMs: 30 }), 30);
  assert.equal(toSharedMs({ isBehind: false, sinceMs: 0.3 }), 1);
});

test("a slice ends with its budget, or after its share once a publish waits", () => {
  const isOver = (heldMs: number, isAwaited: boolean) =>
    isSliceOver({ heldMs, budgetMs: 5, sharedMs: 2 }, () => isAwaited);
  assert.deepEqual(
    [1, 2, 4, 5].map((heldMs) => isOver(heldMs, false)),
    [false, false, false, true],
  );
  assert.deepEqual(
    [1, 2, 4, 5].map((heldMs) => isOver(heldMs, true)),
    [false, true, true, true],
  );
});
