import assert from "node:assert/strict";
import { test } from "node:test";
import { DEDUPE_WINDOWS, planRotation, searchedTables } from "./rotation.ts";

test("the newest table is searched first, and the next one not at all", () => {
  assert.deepEqual(searchedTables(DEDUPE_WINDOWS, 0), ["window0", "window3", "window2"]);
  assert.deepEqual(searchedTables(DEDUPE_WINDOWS, 3), ["window3", "window2", "window1"]);
});

test("an earlier table that is empty is not searched, and the current one always is", () => {
  const empty = new Set(["window0", "window3"]);
  const searched = searchedTables(DEDUPE_WINDOWS, 0, (table) => empty.has(table));
  assert.deepEqual(searched, ["window0", "window2"]);
});

test("the first rotation notes its beginning, later ones wait for their time", () => {
  const everyMs = 100;
  const first = planRotation(DEDUPE_WINDOWS, null, { now: 1_000, everyMs });
  assert.deepEqual(first, { current: 0, since: 1_000 });
  assert.equal(planRotation(DEDUPE_WINDOWS, first, { now: 1_099, everyMs }), null);
  const second = planRotation(DEDUPE_WINDOWS, first, { now: 1_100, everyMs });
  assert.deepEqual(second, { current: 1, since: 1_100 });
  const last = { current: 3, since: 0 };
  assert.equal(planRotation(DEDUPE_WINDOWS, last, { now: 1_000, everyMs })?.current, 0);
});
