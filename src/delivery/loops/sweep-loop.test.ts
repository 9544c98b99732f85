import assert from "node:assert/strict";
import { test } from "node:test";
import { toPauseMs } from "./sweep-loop.ts";

test("the sweep takes a quarter of the writer, and half of it while the search index is far behind", () => {
  assert.equal(toPauseMs({ isBehind: false, heldMs: 10 }), 30);
  assert.equal(toPauseMs({ isBehind: true, heldMs: 10 }), 10);
  assert.equal(toPauseMs({ isBehind: false, heldMs: 0.1 }), 20);
  assert.equal(toPauseMs({ isBehind: true, heldMs: 0.1 }), 5);
});
