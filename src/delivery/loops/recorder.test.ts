import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import { START } from "../../../test/harness/engine.ts";
import { AppError } from "../../core/error.ts";
import type { LiveCount, LiveNotice, LiveWanted } from "../../core/live/notice.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import { createLane } from "../lane/lane.ts";
import { createLiveAttempts } from "./live-attempts.ts";
import { createRecorder } from "./recorder.ts";

const LEASED = { endpointId: "ep_1", shard: 0, fence: 1, snapshot: { appId: "app_1" } };
const LANE = createLane(LEASED as never, 4);

/** Each commit takes `tookMs` and records how many outcomes it had. */
function openRecorder(p: { tookMs: number; batchDelayMs: (tookMs: number) => number }) {
  const clock = createMovedClock(START);
  const commits: number[] = [];
  const store = { isAway: false, calls: 0, stale: [] as number[] };
  const notices: (LiveNotice | LiveCount)[] = [];
  let wanted: LiveWanted = "nothing";
  const want = (next: LiveWanted): void => void (wanted = next);
  const live = createLiveAttempts({
    wanted: () => wanted,
    notify: (notice) => void notices.push(notice),
  });
  const recorder = createRecorder({
    store: {
      async record({ outcomes }) {
        store.calls += 1;
        if (store.isAway) throw new AppError("store_unavailable", "It is away.");
        clock.moveBy(p.tookMs);
        commits.push(outcomes.length);
        return { stale: store.stale, due: [], suppressed: 0 };
      },
      async release() {},
      batchDelayMs: ({ tookMs }) => p.batchDelayMs(tookMs),
    },
    clock,
    telemetry: {
      logger: createLogger({ level: "silent", pretty: false, target: { write: () => undefined } }),
      metrics: createMetrics({ processMetrics: false }),
    },
    limit: 10_000,
    emit: () => undefined,
    live,
  });
  const record = (count: number) => {
    for (let n = 0; n < count; n++) recorder.record(LANE, {} as RecordedOutcome);
  };
  return { clock, commits, live, notices, recorder, record, store, want };
}

/** Runs everything that can run while time stands still. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("outcomes are batched for as long as the store asks, and the first one never waits", async () => {
  const { clock, commits, recorder, record } = openRecorder({
    tookMs: 5,
    batchDelayMs: (tookMs) => 2 * tookMs,
  });
  record(1);
  await turn();
  assert.deepEqual(commits, [1]);
  record(1);
  await turn();
  clock.moveBy(9);
  record(2);
  await turn();
  assert.deepEqual(commits, [1], "10 ms have not gone by");
  clock.moveBy(1);
  await recorder.drained();
  assert.deepEqual(commits, [1, 3]);
});

test("a full batch does not wait, and a nearby store makes nothing wait", async () => {
  const far = openRecorder({ tookMs: 5, batchDelayMs: () => 1000 });
  far.record(1);
  await turn();
  far.record(600);
  await turn();
  assert.deepEqual(far.commits, [1, 512]);
  far.clock.moveBy(1000);
  await far.recorder.drained();
  assert.deepEqual(far.commits, [1, 512, 88]);

  const near = openRecorder({ tookMs: 5, batchDelayMs: () => 0 });
  near.record(1);
  await turn();
  near.record(1);
  await near.recorder.drained();
  assert.deepEqual(near.commits, [1, 1]);
});

test("outcomes left by an outage are recorded once the store works again, without constant retries", async () => {
  const { clock, commits, recorder, record, store } = openRecorder({
    tookMs: 1,
    batchDelayMs: () => 0,
  });
  store.isAway = true;
  record(3);
  await turn();
  for (const pauseMs of [100, 200, 400, 800]) {
    clock.moveBy(pauseMs);
    await turn();
  }
  assert.equal(store.calls, 5);
  store.isAway = false;
  recorder.resume();
  await turn();
  assert.equal(store.calls, 5, "the last try was only now");
  clock.moveBy(100);
  recorder.resume();
  await recorder.drained();
  assert.deepEqual([store.calls, commits], [6, [3]]);
  recorder.resume();
  clock.moveBy(10_000);
  await turn();
  assert.equal(store.calls, 6, "nothing of the pause is left");
});

test("the live stream gets an attempt after its commit, and no stale outcome", async () => {
  const { live, notices, recorder, store, want } = openRecorder({
    tookMs: 0,
    batchDelayMs: () => 0,
  });
  store.stale = [2];
  const attempt = { id: "atmpt_1", statusCode: 503, succeeded: false, durationMs: 7 };
  const outcome = { endpointId: "ep_1", attempt, health: null } as unknown as RecordedOutcome;
  const listened: readonly RecordedOutcome[] = [
    { ...outcome, deliveryId: 1, breaker: null },
    { ...outcome, deliveryId: 2 },
    { ...outcome, deliveryId: 3, attempt: null },
  ];
  want("notices");
  for (const one of listened) live.expect(one, { appId: "app_1", eventId: "msg_1" });
  want("nothing");
  for (const one of [...listened, { ...outcome, deliveryId: 4 }]) {
    live.expect(one, { appId: "app_1", eventId: "msg_2" });
    recorder.record(LANE, one);
  }
  assert.deepEqual(notices, []);
  await recorder.drained();
  const ids = { appId: "app_1", eventId: "msg_1", endpointId: "ep_1" };
  assert.deepEqual(notices, [
    { kind: "attempt", ...attempt, ...ids },
    { kind: "endpoint", appId: "app_1", id: "ep_1" },
  ]);
});

test("attempts that need no notice are counted after their commit", async () => {
  const { live, notices, recorder, store, want } = openRecorder({
    tookMs: 0,
    batchDelayMs: () => 0,
  });
  want("counts");
  store.stale = [2];
  const toOutcome = (deliveryId: number, succeeded: boolean) =>
    ({ deliveryId, endpointId: "ep_1", attempt: { succeeded }, health: null }) as RecordedOutcome;
  for (const one of [toOutcome(1, true), toOutcome(2, true), toOutcome(3, false)]) {
    live.expect(one, { appId: "app_1", eventId: "msg_1" });
    recorder.record(LANE, one);
  }
  await recorder.drained();
  assert.deepEqual(notices, [
    { kind: "count", appId: "app_1", events: 0, attempts: 2, failures: 1 },
  ]);
});
