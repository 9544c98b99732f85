import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { timeOf } from "./replay-endpoint.ts";
import { plainLine, progressLine } from "./replay-task.ts";

const NOW = Date.parse("2026-05-06T04:00:00Z");
const RUNNING = {
  id: "qtask_1",
  status: "running",
  data: { messagesSent: 1840, progress: 0.42, reason: null },
} as const;

test("a time is as it stands, or how long ago", () => {
  assert.equal(timeOf("--since", "2026-05-06T02:00:00+02:00", NOW), "2026-05-06T00:00:00.000Z");
  assert.equal(timeOf("--since", "2h", NOW), "2026-05-06T02:00:00.000Z");
  for (const text of ["", "yesterday", "2", "-2h"]) {
    assert.throws(() => timeOf("--since", text, NOW), /--since is .* how long ago: 90m, 2h, 3d/);
  }
});

test("progress is a bar on a terminal and a line elsewhere, and says how it ended", () => {
  assert.equal(plainLine(RUNNING), " 42 %  1,840 sent");
  const bar = stripVTControlCharacters(progressLine(RUNNING));
  assert.equal(bar, `${"█".repeat(13)}${"░".repeat(17)}  42 %  1,840 sent`);
  const data = { ...RUNNING.data, progress: 1 };
  assert.equal(plainLine({ ...RUNNING, status: "finished", data }), "100 %  1,840 sent, done");
  const gone = { ...RUNNING.data, reason: "endpoint_deleted" };
  const line = plainLine({ ...RUNNING, status: "failed", data: gone });
  assert.equal(line, " 42 %  1,840 sent, endpoint deleted");
});
