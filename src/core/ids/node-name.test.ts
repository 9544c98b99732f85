import assert from "node:assert/strict";
import { test } from "node:test";
import { ksuidAt } from "./ksuid.ts";
import { parseNodeName, toNodeName } from "./node-name.ts";

test("a name of a node says when it started and which version it runs", () => {
  const at = 1_764_000_000_123;
  const name = toNodeName({ ksuid: ksuidAt(at, "lowest"), version: "0.1.0-beta_2" });
  assert.deepEqual(parseNodeName(name), { startedAt: at, version: "0.1.0-beta_2" });
  assert.deepEqual(parseNodeName(ksuidAt(at, "lowest")), { startedAt: at, version: null });
  assert.deepEqual(parseNodeName("node-a"), { startedAt: null, version: null });
});
