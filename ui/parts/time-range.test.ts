import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRange, toBounds } from "./time-range.ts";

const at = (text: string): number => Date.parse(text);

test("last night is the night that ended last, from 22 to 6", () => {
  const night = { range: "night" };
  const expected = { since: "2026-11-30T22:00:00.000Z", until: "2026-12-01T06:00:00.000Z" };
  assert.deepEqual(toBounds(night, at("2026-12-01T06:00:00Z"), "utc"), expected);
  assert.deepEqual(toBounds(night, at("2026-12-02T05:59:59Z"), "utc"), expected);
  assert.deepEqual(toBounds(night, at("2026-12-01T23:00:00Z"), "utc"), expected);
});

test("a preset is relative to the present minute, and two times are taken as they are", () => {
  assert.deepEqual(toBounds({ range: "1h" }, at("2026-12-01T14:02:33Z"), "utc"), {
    since: "2026-12-01T13:02:00.000Z",
  });
  assert.deepEqual(toBounds({ since: "2026-12-01T08:00:00+01:00" }, 0, "utc"), {
    since: "2026-12-01T07:00:00.000Z",
  });
  assert.deepEqual(toBounds({ since: "nonsense", range: "2h" }, 0, "utc"), {});
});

test("a range without bounds has no words", () => {
  assert.equal(describeRange({}, "utc"), "");
  assert.equal(describeRange({ range: "24h" }, "utc"), "Last 24 hours");
  assert.match(describeRange({ until: "2020-01-02T03:04:05Z" }, "utc"), /^– Jan 2, 2020 03:04:05$/);
});
