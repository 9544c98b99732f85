import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { isRecent, toAge, toDateTime, toDuration, toIso } from "./time-format.ts";

const NOW = "2026-12-01T14:02:33.120Z";

test("an age is in its largest unit, before and after the present", () => {
  assert.equal(toAge("2026-12-01T14:02:33.000Z", NOW), "just now");
  assert.equal(toAge("2026-12-01T14:01:50.000Z", NOW), "43 s ago");
  assert.equal(toAge("2026-12-01T13:02:34.000Z", NOW), "59 min ago");
  assert.equal(toAge("2026-12-01T14:14:33.200Z", NOW), "in 12 min");
  assert.equal(toAge("2026-11-26T14:00:00.000Z", NOW), "5 d ago");
  assert.equal(isRecent("2026-12-01T13:02:34.000Z", NOW), true);
  assert.equal(isRecent("2026-12-01T13:02:33.120Z", NOW), false);
});

test("a time shows its day unless it is today, and its year unless it is this year", () => {
  assert.equal(toDateTime("2026-12-01T00:00:01Z", "utc", NOW), "00:00:01");
  assert.equal(toDateTime("2026-11-30T23:59:59Z", "utc", NOW), "Nov 30 23:59:59");
  assert.equal(toDateTime("2025-12-01T08:00:00Z", "utc", NOW), "Dec 1, 2025 08:00:00");
  assert.equal(toDateTime("no time", "utc", NOW), "");
});

test("ISO 8601 has the offset of the zone, in winter and west of it", () => {
  const before = process.env["TZ"];
  try {
    process.env["TZ"] = "Europe/Berlin";
    assert.equal(toIso(NOW, "utc"), NOW);
    assert.equal(toIso(NOW, "local"), "2026-12-01T15:02:33.120+01:00");
    process.env["TZ"] = "America/St_Johns";
    assert.equal(toIso(NOW, "local"), "2026-12-01T10:32:33.120-03:30");
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
});

test("a measured duration has the digits that matter", () => {
  assert.equal(toDuration(31.4), "31 ms");
  assert.equal(toDuration(1204), "1.20 s");
  assert.equal(toDuration(125_000), "2 min 5 s");
});
