import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { eventually } from "../../test/harness/engine.ts";
import { ADMIN_TOKEN, startNativeApi } from "../../test/harness/native-api.ts";
import { startReceiver } from "../../test/harness/receiver.ts";
import { pendingSentence, parseTime } from "./replay-endpoint.ts";
import { plainLine, progressLine } from "./replay-task.ts";
import { runCli } from "./run-cli.ts";

const NOW = Date.parse("2026-05-06T04:00:00Z");
const RUNNING = {
  id: "qtask_1",
  status: "running",
  data: { messagesSent: 1840, progress: 0.42, reason: null },
} as const;

test("a time is absolute, or a duration before now", () => {
  assert.equal(parseTime("--since", "2026-05-06T02:00:00+02:00", NOW), "2026-05-06T00:00:00.000Z");
  assert.equal(parseTime("--since", "2h", NOW), "2026-05-06T02:00:00.000Z");
  for (const text of ["", "yesterday", "2", "-2h"]) {
    assert.throws(
      () => parseTime("--since", text, NOW),
      /--since is .* a duration before now such as 90m, 2h or 3d\.$/,
    );
  }
});

test("progress is a bar on a terminal and a line elsewhere, and ends with the outcome", () => {
  assert.equal(plainLine(RUNNING), " 42 %  1,840 sent");
  const bar = stripVTControlCharacters(progressLine(RUNNING));
  assert.equal(bar, `${"█".repeat(13)}${"░".repeat(17)}  42 %  1,840 sent`);
  const data = { ...RUNNING.data, progress: 1 };
  assert.equal(plainLine({ ...RUNNING, status: "finished", data }), "100 %  1,840 sent, done");
  const deletedEndpoint = { ...RUNNING.data, reason: "endpoint_deleted" };
  const line = plainLine({ ...RUNNING, status: "failed", data: deletedEndpoint });
  assert.equal(line, " 42 %  1,840 sent, endpoint deleted");
});

test("after an outage replay prints the number of pending deliveries, and --pending sends them now", async (t) => {
  let isDown = true;
  await using receiver = await startReceiver((_receipt, response) => {
    response.writeHead(isDown ? 503 : 200).end();
  });
  await using api = await startNativeApi();
  await api.call("POST", "/app", { body: { name: "a", uid: "a" } });
  const hook = { uid: "crm", url: receiver.url, retrySchedule: [3600, 3600] };
  await api.call("POST", "/app/a/endpoint", { body: hook });
  for (const n of [1, 2]) {
    await api.call("POST", "/app/a/msg", { body: { eventType: "order.paid", payload: { n } } });
  }
  await receiver.until(() => receiver.receipts.length === 2);
  const loadNext = async () => {
    const { body } = await api.call("GET", "/app/a/endpoint/crm");
    return (body as { nextAttempt?: string }).nextAttempt;
  };
  const next = await eventually(loadNext, (shown) => shown !== undefined);
  assert.ok(Date.parse(next ?? "") > Date.now() + 60_000, next);

  const printed: string[] = [];
  t.mock.method(console, "log", (line: string) => printed.push(line));
  const target = ["--app", "a", "--endpoint", "crm", "--url", api.url, "--token", ADMIN_TOKEN];
  const replay = (...more: string[]) => runCli(["node", "hookline", "replay", ...target, ...more]);
  assert.equal(await replay("--since", "2h"), 0);
  assert.match(
    printed.join("\n"),
    /No delivery has failed for good; \d (is|are) pending, the next at 20/,
  );
  isDown = false;
  assert.equal(await replay("--pending"), 0);
  await receiver.until(() => receiver.receipts.length === 4);
  assert.match(printed.join("\n"), /sending the pending deliveries[^]*2 sent, done/);
});

test("pending deliveries are printed with the next attempt and the open breaker", () => {
  const nextAttempt = "2026-05-06T04:00:00.000Z";
  assert.match(
    pendingSentence(12, { nextAttempt }),
    /^No delivery has failed for good; 12 are pending, the next at 2026-05-06T04:00:00\.000Z\.\n/,
  );
  const breaker = { openSince: "2026-05-06T03:00:00.000Z" };
  assert.match(pendingSentence(1, { nextAttempt, breaker }), /1 is pending.*since 2026-05-06T03/);
  assert.equal(pendingSentence(0, {}), "No delivery has failed for good, and none is pending.");
});
