import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import type { LiveNotice } from "../../core/live/notice.ts";
import { createLiveHub, type LiveSubscription } from "./live-hub.ts";
import { createLiveQueue, type LiveItem } from "./live-queue.ts";

const endpoint = (appId: string, id: string): LiveNotice => ({ kind: "endpoint", appId, id });

function openHub() {
  const clock = createMovedClock(1_000);
  const hub = createLiveHub(clock);
  /** A client that takes everything at once. */
  function listen(appId: string | null, credential = "key_1") {
    const items: LiveItem[] = [];
    const beats: number[] = [];
    const subscription: LiveSubscription = hub.subscribe({
      appId,
      credential,
      onItems: () => items.push(...subscription.take()),
      onBeat: (now) => beats.push(now),
      onStop: () => items.push({ kind: "gap" }),
    });
    return { items, beats, end: subscription.end };
  }
  return { clock, hub, listen };
}

test("a queue that is full becomes one gap, and goes on after it was taken", () => {
  const queue = createLiveQueue(3);
  for (const id of ["1", "2", "3"]) queue.add(endpoint("app_1", id));
  assert.equal(queue.size(), 3);
  for (const id of ["4", "5"]) queue.add(endpoint("app_1", id));
  assert.deepEqual(queue.take(), [{ kind: "gap" }]);
  queue.add(endpoint("app_1", "6"));
  assert.deepEqual(queue.take(), [endpoint("app_1", "6")]);
  assert.deepEqual(queue.take(), []);
});

test("a client gets the notices of its application, a few times a second", () => {
  const { clock, hub, listen } = openHub();
  assert.equal(hub.isWatched(), false);
  const own = listen("app_1");
  const all = listen(null);
  assert.equal(hub.isWatched(), true);
  hub.notify(endpoint("app_2", "ep_2"));
  hub.notify(endpoint("app_1", "ep_1"));
  assert.deepEqual(own.items, []);
  clock.moveBy(200);
  assert.deepEqual(own.items, [endpoint("app_1", "ep_1")]);
  assert.deepEqual(all.items, [endpoint("app_2", "ep_2"), endpoint("app_1", "ep_1")]);
  own.end();
  all.end();
  assert.equal(hub.isWatched(), false);
});

test("a client of all applications gets the sums of a second, and one of an application none", () => {
  const { clock, hub, listen } = openHub();
  const own = listen("app_1");
  const all = listen(null);
  const attempt = { kind: "attempt", appId: "app_1", eventId: "m", endpointId: "e" } as const;
  hub.notify({ kind: "event", appId: "app_1", id: "m", eventType: "t" });
  hub.notify({ ...attempt, id: "a", statusCode: 200, succeeded: true, durationMs: 1 });
  hub.notify({ ...attempt, id: "b", statusCode: 500, succeeded: false, durationMs: 1 });
  clock.moveBy(1_000);
  clock.moveBy(200);
  const sums = { kind: "overview", events: 1, attempts: 2, failures: 1 };
  assert.deepEqual(all.items.at(-1), sums);
  assert.equal(own.items.length, 3);
  clock.moveBy(5_000);
  assert.deepEqual(all.items.at(-1), sums);
  assert.equal(all.items.length, 4);
});

test("clients get the time every 15 seconds, and the stop", () => {
  const { clock, hub, listen } = openHub();
  const client = listen(null);
  for (let n = 0; n < 3; n++) clock.moveBy(15_000);
  assert.deepEqual(client.beats, [16_000, 31_000, 46_000]);
  hub.stop();
  assert.deepEqual(client.items, [{ kind: "gap" }]);
  assert.throws(() => listen(null), /Limit: streams\./);
});

test("streams are limited by credential, application and node", () => {
  const { listen } = openHub();
  for (let n = 0; n < 10; n++) listen("app_1", "key_1");
  assert.throws(() => listen("app_1", "key_1"), /Limit: streams_of_credential\./);
  for (let n = 0; n < 40; n++) listen("app_1", `token_${n}`);
  assert.throws(() => listen("app_1", "token"), /Limit: streams_of_app\./);
  const others = Array.from({ length: 150 }, (_, n) => listen(`app_${n + 2}`, `other_${n}`));
  assert.throws(() => listen("app_2", "token"), /Limit: streams\./);
  others[0]?.end();
  listen("app_2", "token");
});
