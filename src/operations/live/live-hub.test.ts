import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovedClock } from "../../../test/harness/moved-clock.ts";
import type { LiveNotice } from "../../core/live/notice.ts";
import { createLiveHub, type LiveSubscription } from "./live-hub.ts";
import { createLiveQueue, GAP, type LiveItem } from "./live-queue.ts";

const endpoint = (appId: string, id: string): LiveNotice => ({ kind: "endpoint", appId, id });

function openHub() {
  const clock = createMovedClock(1_000);
  const hub = createLiveHub(clock);
  /** A client that takes everything at once. */
  function listen(appId: string | null, credential = "key_1", ofApp = appId) {
    const items: LiveItem[] = [];
    const beats: number[] = [];
    const subscription: LiveSubscription = hub.subscribe({
      appId,
      credential,
      ofApp,
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
  queue.add(["1", "2"].map((id) => endpoint("app_1", id)));
  queue.add([endpoint("app_1", "3")]);
  assert.equal(queue.size(), 3);
  for (const id of ["4", "5"]) queue.add([endpoint("app_1", id)]);
  assert.deepEqual(queue.take(), [{ kind: "gap" }]);
  queue.add([endpoint("app_1", "6")]);
  assert.deepEqual(queue.take(), [endpoint("app_1", "6")]);
  assert.deepEqual(queue.take(), []);
});

test("a client gets the notices of its application, a few times a second", () => {
  const { clock, hub, listen } = openHub();
  assert.equal(hub.wanted("app_1"), "nothing");
  const own = listen("app_1");
  const all = listen(null);
  assert.equal(hub.wanted("app_1"), "notices");
  hub.notify(endpoint("app_2", "ep_2"));
  hub.notify(endpoint("app_1", "ep_1"));
  assert.deepEqual(own.items, []);
  clock.moveBy(200);
  assert.deepEqual(own.items, [endpoint("app_1", "ep_1")]);
  assert.deepEqual(all.items, [endpoint("app_2", "ep_2"), endpoint("app_1", "ep_1")]);
  own.end();
  all.end();
  assert.equal(hub.wanted("app_1"), "nothing");
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

test("beyond 500 changes in a second notices are counted only, and the clients get one gap a second", () => {
  const { clock, hub, listen } = openHub();
  const wishes: unknown[] = [];
  hub.onWants((wants) => wishes.push(...wants.values()));
  const all = listen(null);
  for (let n = 0; n < 501; n++) hub.notify(endpoint("app_1", `ep_${n}`));
  assert.equal(hub.wanted("app_1"), "counts");
  clock.moveBy(200);
  assert.deepEqual(all.items.splice(0), [GAP]);
  const count = { kind: "count", appId: "app_1", failures: 1 } as const;
  hub.notify({ ...count, events: 600, attempts: 3 });
  clock.moveBy(200);
  assert.deepEqual(all.items, [], "the second is not over");
  clock.moveBy(600);
  clock.moveBy(200);
  const sums = { kind: "overview", events: 600, attempts: 3, failures: 1 };
  assert.deepEqual(all.items.splice(0), [sums, GAP]);
  assert.equal(hub.wanted("app_1"), "counts", "the changes have not ended");
  hub.notify({ ...count, events: 0, attempts: 2 });
  clock.moveBy(1_000);
  clock.moveBy(200);
  assert.equal(hub.wanted("app_1"), "notices");
  assert.deepEqual(all.items.splice(0).at(-1), GAP, "the last changes are read as well");
  hub.notify(endpoint("app_1", "ep_1"));
  clock.moveBy(200);
  assert.deepEqual(all.items, [endpoint("app_1", "ep_1")]);
  assert.deepEqual(wishes, ["notices", "counts", "notices"]);
});

test("a busy application takes no notice from the clients of another one", () => {
  const { clock, hub, listen } = openHub();
  const busy = listen("app_1");
  const quiet = listen("app_2");
  for (let n = 0; n < 501; n++) hub.notify(endpoint("app_1", `ep_${n}`));
  assert.equal(hub.wanted("app_1"), "counts");
  assert.equal(hub.wanted("app_2"), "notices");
  hub.notify(endpoint("app_2", "ep_1"));
  clock.moveBy(200);
  assert.deepEqual(busy.items, [GAP]);
  assert.deepEqual(quiet.items, [endpoint("app_2", "ep_1")]);
});

test("clients that get the same notices get the same items, so they are printed once", () => {
  const { clock, hub, listen } = openHub();
  const taken: (readonly LiveItem[])[] = [];
  for (const credential of ["key_1", "key_2"]) {
    const subscription = hub.subscribe({
      appId: null,
      credential,
      ofApp: null,
      onItems: () => taken.push(subscription.take()),
      onBeat: () => undefined,
      onStop: () => undefined,
    });
  }
  listen("app_1");
  hub.notify(endpoint("app_1", "ep_1"));
  clock.moveBy(200);
  assert.deepEqual(taken[0], [endpoint("app_1", "ep_1")]);
  assert.equal(taken[0], taken[1]);
});

test("streams are limited by credential, application and node", () => {
  const { listen } = openHub();
  for (let n = 0; n < 10; n++) listen("app_1", `operator_${n}`, null);
  for (let n = 0; n < 10; n++) listen("app_1", "key_1");
  assert.throws(() => listen("app_1", "key_1"), /Limit: streams_of_credential\./);
  for (let n = 0; n < 40; n++) listen("app_1", `token_${n}`);
  assert.throws(() => listen("app_1", "token"), /Limit: streams_of_app\./);
  const others = Array.from({ length: 140 }, (_, n) => listen(`app_${n + 2}`, `other_${n}`));
  assert.throws(() => listen("app_2", "token"), /Limit: streams\./);
  others[0]?.end();
  listen("app_2", "token");
});
