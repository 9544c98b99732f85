/** The statistics of all applications, as Svix's SDK asks for them and reads their tasks. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BackgroundTaskStatus, BackgroundTaskType, Ordering } from "svix";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

const MONTH = { since: new Date("2026-01-01"), until: new Date("2099-01-01") };

let api: NativeApi;
let one: string;
let two: string;
before(async () => {
  api = await startNativeApi();
  one = (await api.svix.application.create({ name: "One", uid: "one" })).id;
  two = (await api.svix.application.create({ name: "Two" })).id;
  for (const name of ["a.a", "b.b"]) await api.svix.eventType.create({ name, description: "" });
  const url = "https://example.com/";
  await api.svix.endpoint.create(one, { url, eventTypes: ["b.b", "a.a"], disabled: true });
  await api.svix.endpoint.create(two, { url, eventTypes: ["a.a"] });
  await api.svix.endpoint.create(two, { url });
  await api.svix.message.create(two, { eventType: "a.a", payload: {} });
});
after(() => api[Symbol.asyncDispose]());

async function finish(id: string): Promise<Record<string, unknown>> {
  const task = await eventually(
    () => api.svix.backgroundTask.get(id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
  );
  assert.equal(task.status, BackgroundTaskStatus.Finished);
  return task.data as Record<string, unknown>;
}

test("deliveries are counted by application, with the uid", async () => {
  const started = await api.svix.statistics.aggregateAppStats({
    ...MONTH,
    appIds: ["one", two, "no-such-app"],
  });
  assert.equal(started.task, BackgroundTaskType.ApplicationStats);
  assert.deepEqual(started.unresolvedAppIds, ["no-such-app"]);
  assert.deepEqual((await finish(started.id))["appStats"], [
    { messageDestinations: 0, appId: one, appUid: "one" },
    { messageDestinations: 2, appId: two, appUid: null },
  ]);
  const all = await api.svix.statistics.aggregateAppStats(MONTH, { idempotencyKey: "k" });
  assert.deepEqual(all.unresolvedAppIds, []);
  assert.deepEqual((await finish(all.id))["appStats"], [
    { messageDestinations: 2, appId: two, appUid: null },
  ]);
  const again = await api.svix.statistics.aggregateAppStats(MONTH, { idempotencyKey: "k" });
  assert.equal(again.id, all.id);
});

test("event types are collected by application", async () => {
  const started = await api.svix.statistics.aggregateEventTypes();
  assert.equal(started.task, BackgroundTaskType.EventTypeAggregate);
  const data = await finish(started.id);
  assert.deepEqual(data["event_types"], [
    {
      appId: one,
      explicitlySubscribedEventTypes: ["a.a", "b.b"],
      hasCatchAllEndpoint: false,
    },
    { appId: two, explicitlySubscribedEventTypes: ["a.a"], hasCatchAllEndpoint: true },
  ]);
  assert.equal(data["messagesSent"], 0);
  const order = Ordering.Descending;
  const [listed] = (await api.svix.backgroundTask.list({ limit: 1, order })).data;
  assert.ok(listed !== undefined && listed.id === started.id);
  assert.ok(!("event_types" in (listed.data as object)));
});

test("only the operator may ask, and wrong fields are named", async () => {
  const { body } = await api.call("POST", "/app/one/key", { body: { kind: "manage" } });
  const { key: token } = body as { key: string };
  const started = await api.svix.statistics.aggregateEventTypes();
  await finish(started.id);
  const own = await api.call("GET", `/background-task/${started.id}`, { token });
  assert.equal(own.status, 404);
  assert.equal((await api.call("PUT", "/stats/usage/event-types", { token })).status, 403);
  const ask = (more: object, by?: string) =>
    api.call("POST", "/stats/usage/app", {
      body: { since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z", ...more },
      ...(by === undefined ? {} : { token: by }),
    });
  assert.equal((await ask({}, token)).status, 403);
  for (const [more, field] of [
    [{ until: "2026-01-01T00:00:00Z" }, "until"],
    [{ since: "yesterday" }, "since"],
    [{ appIds: ["no-such-app"] }, "appIds"],
    [{ appIds: [] }, "appIds"],
  ] as const) {
    const refused = await ask(more);
    assert.equal(refused.status, 422, refused.text);
    assert.ok(refused.text.includes(`"${field}"`), refused.text);
  }
});
