import assert from "node:assert/strict";
import { test } from "node:test";
import { openRecorded } from "../../../test/harness/recorded-writer.ts";
import { emptyInSlices } from "../sqlite/accept/rotating-tables.ts";
import { runNow } from "../sqlite/session.ts";
import { sweep, type Bounds } from "./sweep.ts";
import type { Work } from "./sweep-context.ts";

/** A slice is one step that finds work. */
const BOUNDS: Bounds = {
  firstLimit: 10,
  leastLimit: 10,
  greatestLimit: 10,
  slowShare: 1,
  fastShare: 0,
  isOver: ({ rows }) => rows > 0,
};

test("a kind without work is asked again after a second, or when no kind has any", () => {
  const { recorded, close } = openRecorded();
  const emptying = emptyInSlices(recorded, recorded.windows);
  const sweeper = {};
  let asked = 0;
  let left = 0;
  // oxlint-disable-next-line require-yield
  const idle: Work = function* () {
    asked += 1;
    return 0;
  };
  // oxlint-disable-next-line require-yield
  const busy: Work = function* () {
    return left-- > 0 ? 10 : 0;
  };
  const slice = (now: number) => {
    const own = { expired: [idle, busy], emptying };
    const cx = { now, dedupeWindowMs: 1e9, horizon: 0 };
    const given = { sweeper, own, bounds: BOUNDS, cx, sliceMs: 10 };
    return runNow(sweep(recorded.session, given)).busy;
  };
  left = 4;
  assert.deepEqual([slice(5_000), slice(5_000), slice(5_999)], [true, true, true]);
  assert.equal(asked, 1);
  assert.equal(slice(6_000), true);
  assert.equal(asked, 2);
  assert.deepEqual([slice(6_000), slice(6_000)], [true, false]);
  assert.equal(asked, 3);
  close();
});
