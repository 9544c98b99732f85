import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AttemptDetail,
  keepsDetail,
  NO_WIRE,
  readDetail,
  writeDetail,
} from "./attempt-detail.ts";

const DETAIL: AttemptDetail = {
  headers: [["retry-after", "30"]],
  isCut: true,
  timing: { dnsMs: 2, connectMs: 18, tlsMs: null, firstByteMs: 1140 },
  peer: "192.0.2.7",
  isProbe: true,
  attempt: 3,
};

test("a detail is read as it was written", () => {
  assert.deepEqual(readDetail(writeDetail(DETAIL)), DETAIL);
  const bare = { ...NO_WIRE, isProbe: false, attempt: 1 };
  assert.deepEqual(readDetail(writeDetail(bare)), bare);
  assert.equal(writeDetail(bare), '{"attempt":1,"timing":[null,null,null,null]}');
});

test("a row without a detail, or of another form, is read without an error", () => {
  assert.equal(readDetail(null), null);
  assert.equal(readDetail("[]"), null);
  assert.equal(readDetail('{"attempt":'), null);
  assert.deepEqual(readDetail('{"headers":[["a"],7,["b","c"]],"timing":5}'), {
    ...NO_WIRE,
    headers: [["b", "c"]],
    isProbe: false,
    attempt: 1,
  });
});

test("failures keep their detail by default, and successes only when asked", () => {
  const kept = (["failures", "all", "none"] as const).map((setting) => [
    keepsDetail(setting, true),
    keepsDetail(setting, false),
  ]);
  assert.deepEqual(kept, [
    [false, true],
    [true, true],
    [false, false],
  ]);
});
