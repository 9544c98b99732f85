import assert from "node:assert/strict";
import { test } from "node:test";
import { isoTime } from "./paging.ts";

test("each time is printed as itself, also after another and after itself", () => {
  const first = 1_795_348_800_000;
  for (const at of [first, first, first + 1, first, 0, 0]) {
    assert.equal(isoTime(at), new Date(at).toISOString());
  }
});
