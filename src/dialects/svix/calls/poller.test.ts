/** Destinations that receivers poll, by the calls of Svix's SDK. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DestinationIn, DestinationStatusIn } from "svix";
import { catchRefusal, startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

let apps = 0;

/** A new application with a destination. */
async function startPolling(fields: Partial<DestinationIn> = {}) {
  const app = `app-${++apps}`;
  await api.svix.application.create({ name: app, uid: app });
  const given = { type: "pollingEndpoint", uid: "one", ...fields } as DestinationIn;
  const made = await api.svix.destination.create(app, given);
  let number = 0;
  return {
    app,
    made,
    async publish(count: number, more: object = {}): Promise<readonly string[]> {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        const payload = { n: ++number };
        ids.push((await api.svix.message.create(app, { eventType: "a.b", payload, ...more })).id);
      }
      return ids;
    },
  };
}

const toIds = ({ data }: { readonly data: readonly { readonly id: string }[] }) =>
  data.map(({ id }) => id);

test("a destination is created, shown, listed, replaced, changed and deleted", async () => {
  const { app, made } = await startPolling({ eventTypes: ["message.sent"], metadata: { a: "b" } });
  assert.match(made.id, /^poll_/);
  assert.deepEqual(
    [made.type, made.status, made.eventTypes, made.channels, made.metadata],
    ["pollingEndpoint", "enabled", ["message.sent"], [], { a: "b" }],
  );
  const { destination } = api.svix;
  assert.deepEqual(await destination.get(app, "one"), made);
  assert.deepEqual((await destination.list(app)).data, [made]);
  const changed = await destination.patch(app, made.id, {
    type: "pollingEndpoint",
    channels: ["x"],
    status: DestinationStatusIn.Disabled,
  });
  assert.deepEqual([changed.channels, changed.status], [["x"], "disabled"]);
  const put = await destination.upsert(app, "one", { type: "pollingEndpoint" });
  assert.deepEqual([put.id, put.uid, put.status, put.eventTypes], [made.id, "one", "enabled", []]);
  const other = await destination.upsert(app, "two", { type: "pollingEndpoint" });
  assert.equal(other.uid, "two");
  await destination.delete(app, "one");
  assert.equal((await catchRefusal(destination.get(app, "one"))).code, 404);
  assert.deepEqual(toIds(await destination.list(app)), [other.id]);
});

test("a field that a destination cannot have is refused by its name", async () => {
  const { app } = await startPolling();
  const path = `/app/${app}/destination`;
  const type = "pollingEndpoint";
  for (const [body, problem] of [
    [{ type: "sqs", config: {} }, /"loc":\["body","type"\].*must be pollingEndpoint/],
    [{}, /"loc":\["body","type"\]/],
    [{ type, batchSize: 5 }, /batchSize/],
    [{ type, eventTypes: ["order.lost"] }, /"eventTypes","0".*order\.lost/],
    [{ type, uid: "poll_x" }, /"uid"/],
  ] as const) {
    const refused = await api.call("POST", path, { body });
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.text, problem);
  }
  const taken = await api.call("POST", path, { body: { type, uid: "one" } });
  assert.equal(taken.status, 409, taken.text);
});

test("a poll returns the messages since the destination was created, page by page", async () => {
  const { app, publish } = await startPolling();
  const published = await publish(5);
  const { poller } = api.svix.message;
  const first = await poller.poll(app, "one", { limit: 2 });
  assert.deepEqual([toIds(first), first.done], [published.slice(0, 2), false]);
  assert.deepEqual(first.data[0]?.payload, { n: 1 });
  assert.ok(first.data[0]?.timestamp instanceof Date);
  const second = await poller.poll(app, "one", { limit: 2, iterator: first.iterator });
  const third = await poller.poll(app, "one", { limit: 2, iterator: second.iterator });
  assert.deepEqual([...toIds(second), ...toIds(third)], published.slice(2));
  assert.equal(third.done, true);
  assert.deepEqual(toIds(await poller.poll(app, "one", { iterator: third.iterator })), []);
  const [later] = await publish(1);
  assert.deepEqual(toIds(await poller.poll(app, "one", { iterator: third.iterator })), [later]);
});

test("a poll applies the filter of the destination, its parameters, and both", async () => {
  const { app, publish } = await startPolling({ eventTypes: [], channels: ["x", "y"] });
  await publish(1);
  const [x] = await publish(1, { channels: ["x"] });
  const [y] = await publish(1, { channels: ["y"], eventType: "c.d" });
  const { poller } = api.svix.message;
  const poll = async (options: object) => toIds(await poller.poll(app, "one", options));
  assert.deepEqual(await poll({}), [x, y]);
  assert.deepEqual(await poll({ channel: "y" }), [y]);
  assert.deepEqual(await poll({ eventType: "a.b" }), [x]);
  assert.deepEqual(await poll({ after: new Date(Date.now() + 60_000) }), []);
  assert.deepEqual(await poll({ after: new Date(Date.now() - 60_000) }), [x, y]);
  await api.svix.eventType.create({ name: "c.d", description: "" });
  await api.svix.destination.patch(app, "one", { type: "pollingEndpoint", eventTypes: ["c.d"] });
  assert.deepEqual(await poll({}), [y]);
  assert.deepEqual(await poll({ eventType: "a.b" }), []);
});

test("a consumer without an iterator continues where it was, and moves by the iterator of its answer", async () => {
  const { app, publish } = await startPolling();
  const published = await publish(4);
  const { poller } = api.svix.message;
  const poll = (iterator?: string, id = "c") =>
    poller.consumerPoll(app, "one", id, {
      limit: 2,
      ...(iterator === undefined ? {} : { iterator }),
    });
  const first = await poll();
  assert.deepEqual(toIds(first), published.slice(0, 2));
  assert.deepEqual(await poll(), first);
  const second = await poll(first.iterator);
  assert.deepEqual(toIds(second), published.slice(2));
  assert.deepEqual(await poll(), second);
  assert.deepEqual(await poll(first.iterator), second);
  assert.deepEqual(toIds(await poll(undefined, "other")), published.slice(0, 2));
  const end = await poll(second.iterator);
  assert.deepEqual([toIds(end), end.done], [[], true]);
  const outOfOrder = await catchRefusal(poll(first.iterator));
  assert.equal(outOfOrder.code, 409);
  assert.deepEqual(toIds(await poll()), []);
});

test("a seek moves a consumer in time, and an older iterator is refused", async () => {
  const { app, publish } = await startPolling();
  const published = await publish(3);
  const { poller } = api.svix.message;
  const page = await poller.consumerPoll(app, "one", "c", { limit: 9 });
  const moved = await poller.consumerPoll(app, "one", "c", { iterator: page.iterator });
  assert.deepEqual(toIds(moved), []);
  const past = { after: new Date(Date.now() - 60_000) };
  const { iterator } = await poller.consumerSeek(app, "one", "c", past);
  const stale = poller.consumerPoll(app, "one", "c", { iterator: moved.iterator });
  assert.equal((await catchRefusal(stale)).code, 409);
  assert.deepEqual(toIds(await poller.consumerPoll(app, "one", "c", { iterator })), published);
  const future = { after: new Date(Date.now() + 60_000) };
  await poller.consumerSeek(app, "one", "new", future);
  assert.deepEqual(toIds(await poller.consumerPoll(app, "one", "new")), []);
});

test("polls are refused for unknown and disabled destinations, foreign iterators and odd consumers", async () => {
  const { app, made } = await startPolling();
  const other = await startPolling();
  const path = `/app/${app}/poller`;
  assert.equal((await api.call("GET", `${path}/none`)).status, 404);
  const foreign = await api.call("GET", `${path}/one?iterator=${other.made.currentIterator}`);
  assert.equal(foreign.status, 422);
  assert.match(foreign.text, /"loc":\["query","iterator"\]/);
  const asConsumer = `${path}/one/consumer/c?iterator=${other.made.currentIterator}`;
  assert.equal((await api.call("GET", asConsumer)).status, 422);
  const odd = await api.call("GET", `${path}/one/consumer/a%20b`);
  assert.equal(odd.status, 422, odd.text);
  await api.svix.destination.patch(app, made.id, {
    type: "pollingEndpoint",
    status: DestinationStatusIn.Disabled,
  });
  const disabled = await api.call("GET", `${path}/one`);
  assert.equal(disabled.status, 409);
  assert.match(disabled.text, /is disabled; enable it to poll/);
});

test("a manage key of its application polls, and one of another application does not", async () => {
  const { app } = await startPolling();
  const other = await startPolling();
  const keyOf = async (ref: string, kind: string) => {
    const { body } = await api.call("POST", `/app/${ref}/key`, { body: { kind } });
    return (body as { readonly key: string }).key;
  };
  const status = async (token: string) =>
    (await api.call("GET", `/app/${app}/poller/one`, { token })).status;
  assert.equal(await status(await keyOf(app, "manage")), 200);
  assert.equal(await status(await keyOf(app, "publish")), 403);
  assert.notEqual(await status(await keyOf(other.app, "manage")), 200);
});
