import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

test("seconds are read as milliseconds", () => {
  assert.equal(parseRetryAfter("120", NOW), 120_000);
  assert.equal(parseRetryAfter(" 0 ", NOW), 0);
  assert.equal(parseRetryAfter("99999999", NOW), 99_999_999_000);
});

test("all three forms of an HTTP date are read", () => {
  for (const date of [
    "Sun, 22 Nov 2026 12:01:30 GMT",
    "Sunday, 22-Nov-26 12:01:30 GMT",
    "Sun Nov 22 12:01:30 2026",
  ]) {
    assert.equal(parseRetryAfter(date, NOW), 90_000, date);
  }
  assert.equal(parseRetryAfter("Sun Nov  1 12:01:30 2026", NOW), 0);
});

test("a two-digit year far ahead is a year in the past century", () => {
  assert.equal(parseRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", NOW), 0);
  assert.ok((parseRetryAfter("Sunday, 06-Nov-70 08:49:37 GMT", NOW) ?? 0) > 0);
});

test("a date in the past requests no delay", () => {
  assert.equal(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", NOW), 0);
});

test("a value that is not a form of HTTP is ignored", () => {
  for (const text of [
    undefined,
    "",
    "-1",
    "1.5",
    "soon",
    "1e3",
    "2026-11-22T12:01:30Z",
    "Sun, 22 Foo 2026 12:01:30 GMT",
    "Sun, 22 Nov 2026 12:01:30 PST",
  ]) {
    assert.equal(parseRetryAfter(text, NOW), null, String(text));
  }
});
