import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveNotice } from "./notice.ts";
import { parseBatch, printBatch, printNotice } from "./notice-text.ts";

const NOTICES: readonly LiveNotice[] = [
  { kind: "event", appId: "app_1", id: "msg_1", eventType: "order.paid" },
  {
    kind: "attempt",
    appId: "app_1",
    id: "atmpt_1",
    eventId: "msg_1",
    endpointId: "ep_1",
    statusCode: 503,
    succeeded: false,
    durationMs: 31,
  },
  { kind: "endpoint", appId: "app_1", id: "ep_1" },
  { kind: "task", appId: "app_1", id: "qtask_1", state: "finished" },
];
const FLAGS = { node: "n1", isIncomplete: false, isWatching: false };

test("a batch reads as it was printed", () => {
  const text = printBatch({ ...FLAGS, notices: NOTICES.map(printNotice) });
  assert.deepEqual(parseBatch(text), { ...FLAGS, notices: NOTICES });
  const empty = printBatch({ ...FLAGS, isIncomplete: true, isWatching: true, notices: [] });
  assert.deepEqual(parseBatch(empty), {
    node: "n1",
    notices: [],
    isIncomplete: true,
    isWatching: true,
  });
});

test("a text of no node is null, and a notice of another version makes the batch incomplete", () => {
  for (const text of ["", "{", "null", "1", "{}", '{"n":"n1"}', '{"n":1,"l":[]}']) {
    assert.equal(parseBatch(text), null, text);
  }
  for (const one of ['["sms","app_1"]', '["__proto__"]', '["endpoint","app_1"]', "7", "{}"]) {
    const batch = parseBatch(`{"n":"n1","l":[${one}]}`);
    assert.deepEqual(batch, { ...FLAGS, notices: [], isIncomplete: true }, one);
  }
  const wrong = '["task","app_1","qtask_1",7]';
  assert.deepEqual(parseBatch(`{"n":"n1","l":[${wrong}]}`)?.notices, []);
});
