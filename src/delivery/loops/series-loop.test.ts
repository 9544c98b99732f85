import assert from "node:assert/strict";
import { test } from "node:test";
import { BUCKETS, toBucket } from "../../core/series/histogram.ts";
import { MINUTE_MS, RESULT_AT, TIME_AT } from "../../core/series/series.ts";
import { AppError } from "../../core/error.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import { eventually, openEngineWorld, START } from "../../../test/harness/engine.ts";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import type { Backlog, SeriesStore } from "../../store/interface/series.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { createAttemptSums } from "../series/attempt-sums.ts";
import { startSeriesLoop } from "./series-loop.ts";

const OK = { kind: "response", status: 200, headers: {}, body: "", bodyTruncated: false } as const;

type Appended = Parameters<SeriesStore["append"]>[0];

const BACKLOG = { appSeq: 1, pending: 3, parked: 2 };

function openLoop(backlogs: readonly Backlog[] = [BACKLOG]) {
  const clock = createMovedClock(START);
  const sums = createAttemptSums();
  const metrics = createMetrics({ processMetrics: false });
  const appended: Appended[] = [];
  const store = { isAway: false };
  const loop = startSeriesLoop({
    series: {
      async append(p) {
        if (store.isAway) throw new AppError("store_unavailable", "It is away.");
        appended.push(p);
      },
      backlogs: async () => backlogs,
    },
    sums,
    clock,
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics,
    },
  });
  const count = (endpointId: string, durationMs = 7) => {
    const now = clock.now();
    sums.count({
      endpointId,
      outcome: { ...OK, durationMs },
      now,
      baseAt: now - 150,
      startedAt: now - durationMs,
      isFirst: true,
    });
  };
  const pass = async (ms: number) => {
    clock.moveBy(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { appended, count, loop, metrics, pass, store, sums };
}

const okIn = (sums: Appended["sums"]) =>
  sums.map(({ endpointId, at, counts }) => [endpointId, at - START, counts[RESULT_AT.ok]]);

test("sums are appended every five seconds, by endpoint and minute", async () => {
  const { appended, count, pass } = openLoop();
  count("ep_1");
  count("ep_1");
  count("ep_2");
  await pass(4_999);
  assert.equal(appended.length, 0);
  await pass(1);
  assert.deepEqual(okIn(appended[0]?.sums ?? []), [
    ["ep_1", 0, 2],
    ["ep_2", 0, 1],
  ]);
  const counts = appended[0]?.sums[0]?.counts ?? [];
  assert.equal(counts[TIME_AT.attempt + toBucket(7)], 2);
  assert.equal(counts[TIME_AT.receipt + toBucket(150)], 2);
  assert.equal(counts[TIME_AT.wait + toBucket(143)], 2);
  await pass(5_000);
  assert.equal(appended.length, 1, "without an attempt nothing is written");
});

test("sums of two minutes stay apart, and each minute has a sample of the backlogs", async () => {
  const { appended, count, pass } = openLoop();
  await pass(MINUTE_MS - 1);
  count("ep_1");
  await pass(1);
  count("ep_1");
  await pass(5_000);
  assert.deepEqual(okIn(appended.flatMap(({ sums }) => sums)), [
    ["ep_1", 0, 1],
    ["ep_1", MINUTE_MS, 1],
  ]);
  assert.deepEqual(
    appended.flatMap(({ backlogs }) => backlogs ?? []),
    [{ at: START + MINUTE_MS, apps: [BACKLOG] }],
  );
});

test("sums and accepted events that could not be written are written later, once", async () => {
  const { appended, count, metrics, pass, store } = openLoop();
  store.isAway = true;
  count("ep_1");
  metrics.accepting.events = 9;
  metrics.accepting.durations[2] = 4;
  await pass(5_000);
  store.isAway = false;
  metrics.accepting.events = 10;
  await pass(5_000);
  assert.deepEqual(okIn(appended.flatMap(({ sums }) => sums)), [["ep_1", 0, 1]]);
  const durations = Array.from({ length: BUCKETS }, (_, bucket) => (bucket === 2 ? 4 : 0));
  const accepted = appended.flatMap((one) => one.accepted);
  assert.deepEqual(accepted, [{ at: START, events: 10, durations }]);
  await pass(5_000);
  assert.equal(appended.length, 1);
});

test("a commit has at most 100 endpoints, the oldest first, and the last ones are flushed", async () => {
  const { appended, count, loop, pass } = openLoop();
  for (let n = 0; n < 1_030; n++) count(`ep_${n}`);
  await pass(5_000);
  const first = appended.map(({ sums }) => [sums.length, sums[0]?.endpointId]);
  assert.deepEqual(
    first,
    [0, 100, 200, 300, 400].map((n) => [100, `ep_${n}`]),
  );
  await pass(5_000);
  assert.equal(appended.length, 10);
  loop.stop();
  await loop.flush();
  assert.deepEqual(
    appended.slice(10).map(({ sums }) => sums.length),
    [30],
  );
});

test("a commit has the backlogs of at most 100 applications", async () => {
  const backlogs = Array.from({ length: 250 }, (_, appSeq) => ({ ...BACKLOG, appSeq }));
  const { appended, pass } = openLoop(backlogs);
  await pass(MINUTE_MS);
  assert.deepEqual(
    appended.map((one) => [one.backlogs?.at, one.backlogs?.apps.length]),
    [100, 100, 50].map((count) => [START + MINUTE_MS, count]),
  );
  assert.deepEqual(
    appended.flatMap((one) => one.backlogs?.apps ?? []),
    backlogs,
  );
});

test("the memory of sums is bounded", () => {
  const sums = createAttemptSums(2);
  const attempt = { outcome: { ...OK, durationMs: 1 }, baseAt: 0, startedAt: 0, isFirst: true };
  for (const endpointId of ["a", "b", "c", "a"]) sums.count({ ...attempt, endpointId, now: 1 });
  sums.count({ ...attempt, endpointId: "a", now: 1 + MINUTE_MS });
  assert.equal(sums.size(), 2);
  const [a, b] = sums.take(9);
  assert.deepEqual([a?.counts[RESULT_AT.ok], b?.counts[RESULT_AT.ok]], [2, 1]);
});

test("a fault of the server is no attempt", () => {
  const sums = createAttemptSums();
  const outcome = { kind: "failed", reason: "internal", detail: "", durationMs: 1 } as const;
  const attempt = { baseAt: 0, startedAt: 0, isFirst: true, endpointId: "ep_1", now: 1 };
  sums.count({ ...attempt, outcome });
  assert.equal(sums.size(), 0);
  sums.count({ ...attempt, outcome: { ...outcome, reason: "timeout" } });
  assert.equal(sums.size(), 1);
});

test("the engine counts each attempt", async () => {
  await using world = await openEngineWorld();
  await using receiver = await startReceiver((receipt, response) => {
    response.writeHead(receipt.body.includes("bad") ? 503 : 200).end();
  });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await world.publish(newEvent({ type: "good" }), newEvent({ type: "bad" }));
  await eventually(
    () => world.attempts(endpointId),
    (attempts) => attempts.length === 2,
  );
  await engine.stop({ graceMs: 0 });
  const [series] =
    (await world.store.series.read({
      appRef: world.app.id,
      endpointRefs: [endpointId],
      since: START,
      until: START + MINUTE_MS,
      spanMs: MINUTE_MS,
      stepMs: MINUTE_MS,
      groupBy: "none",
    })) ?? assert.fail("unknown");
  const counts = series?.points[0]?.counts ?? [];
  assert.deepEqual([counts[RESULT_AT.ok], counts[RESULT_AT.serverError]], [1, 1]);
});
