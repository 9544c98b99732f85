import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInstant } from "./instant.ts";

test("an instant is RFC 3339 and nothing else", () => {
  assert.equal(parseInstant("2026-05-06T04:00:00Z"), Date.UTC(2026, 4, 6, 4));
  assert.equal(parseInstant("2026-05-06t04:00:00.5+01:00"), Date.UTC(2026, 4, 6, 3, 0, 0, 500));
  for (const text of ["2026-05-06", "2026-13-06T04:00:00Z", "2026-05-06T04:00:00", "now", "1"]) {
    assert.equal(parseInstant(text), undefined);
  }
});
