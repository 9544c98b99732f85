/** Replays, their tasks and the feed through the official SDK: permissions, refusals, and answers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BackgroundTaskStatus, BackgroundTaskType, Ordering } from "svix";
import { eventually } from "../../../../test/harness/engine.ts";
import { catchRefusal, startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receiver } from "../../../../test/harness/receiver.ts";

const since = new Date(Date.now() - 3_600_000);
let api: NativeApi;
let receiver: Receiver;

before(async () => {
  api = await startNativeApi();
  receiver = await startReceiver();
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** An app with one endpoint and keys. */
async function makeApp(uid: string) {
  const { id: appId } = await api.svix.application.create({ name: uid, uid });
  const { id: endpointId } = await api.svix.endpoint.create(uid, { url: `${receiver.url}/${uid}` });
  const createKey = async (kind: string) => {
    const { body } = await api.call("POST", `/app/${uid}/key`, { body: { kind } });
    return (body as { readonly key: string }).key;
  };
  return {
    appId,
    endpointId,
    manage: await createKey("manage"),
    publish: await createKey("publish"),
  };
}

function over(id: string) {
  return eventually(
    () => api.svix.backgroundTask.get(id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
  );
}

function received(path: string) {
  return receiver.receipts.filter((receipt) => receipt.path === path);
}

test("each replay is a task with Svix's name, and ends", async () => {
  const { appId, endpointId } = await makeApp("kinds");
  const { id } = await api.svix.message.create("kinds", { eventType: "a.b", payload: { n: 1 } });
  await receiver.until(() => received("/kinds").length === 1);
  const { endpoint } = api.svix;
  const asked = [
    await endpoint.recover("kinds", endpointId, { since }),
    await endpoint.replayMissing("kinds", endpointId, { since, until: new Date() }),
    await endpoint.bulkReplay("kinds", endpointId, { since, eventTypes: ["a.b"] }),
  ];
  assert.deepEqual(
    asked.map(({ status, task }) => [status, task]),
    [
      ["running", "endpoint.recover"],
      ["running", "endpoint.replay"],
      ["running", "endpoint.bulk-replay"],
    ],
  );
  const ended = await Promise.all(asked.map((task) => over(task.id)));
  assert.deepEqual(
    ended.map(({ status, data }) => [status, data.messagesSent, data.progress, data.reason]),
    [
      ["finished", 0, 1, null],
      ["finished", 0, 1, null],
      ["finished", 1, 1, null],
    ],
  );
  assert.deepEqual([ended[0]?.data.appId, ended[0]?.data.endpointId], [appId, endpointId]);
  await receiver.until(() => received("/kinds").length === 2);
  const [first, again] = received("/kinds");
  assert.equal(again?.headers["webhook-id"], id);
  assert.equal(again?.body, first?.body);
  assert.equal(first?.headers["hookline-replay"], undefined);
  assert.equal(again?.headers["hookline-replay"], "1");
});

test("it answers 202, and an unsupported field is refused by name", async () => {
  const { endpointId } = await makeApp("refusals");
  const path = `/app/refusals/endpoint/${endpointId}`;
  const started = await api.call("POST", `${path}/recover`, { body: { since } });
  assert.equal(started.status, 202);
  const readLocation = async (word: string, body: object) => {
    const { status, body: refused } = await api.call("POST", `${path}/${word}`, { body });
    assert.equal(status, 422);
    return (refused as { detail: { loc: string[] }[] }).detail.map(({ loc }) => loc.join("."));
  };
  assert.deepEqual(await readLocation("recover", {}), ["body.since"]);
  assert.deepEqual(await readLocation("recover", { since: "yesterday" }), ["body.since"]);
  assert.deepEqual(await readLocation("recover", { since, until: since }), ["body.until"]);
  assert.deepEqual(await readLocation("replay-missing", { since, status: 2 }), ["body.status"]);
  assert.deepEqual(await readLocation("bulk-replay", { since, status: 3 }), ["body.status"]);
  const wrong = { since, statusCodeClass: 401, eventTypes: [] };
  const locs = ["body.eventTypes", "body.statusCodeClass"];
  assert.deepEqual(await readLocation("bulk-replay", wrong), locs);
  const unknown = await catchRefusal(api.svix.endpoint.recover("refusals", "ep_none", { since }));
  assert.equal(unknown.code, 404);
});

test("repeats under one Idempotency-Key are one task with one answer, at any progress", async () => {
  const { endpointId } = await makeApp("repeats");
  const ask = () =>
    api.svix.endpoint.recover("repeats", endpointId, { since }, { idempotencyKey: "k" });
  const first = await ask();
  await over(first.id);
  assert.deepEqual(await ask(), first);
  const { data } = await api.svix.backgroundTask.list({ order: Ordering.Descending, limit: 1 });
  assert.equal(data[0]?.id, first.id);
});

test("sending again under one Idempotency-Key sends once", async () => {
  const { endpointId } = await makeApp("resent");
  const sent = await api.svix.message.create("resent", { eventType: "a.b", payload: {} });
  await receiver.until(() => received("/resent").length === 1);
  const resend = (idempotencyKey: string) =>
    api.svix.messageAttempt.resend("resent", sent.id, endpointId, { idempotencyKey });
  const attempts = async () =>
    (await api.svix.messageAttempt.listByMsg("resent", sent.id)).data.length;
  await eventually(attempts, (count) => count === 1);
  await resend("k");
  await eventually(attempts, (count) => count === 2);
  await resend("k");
  await resend("another");
  await eventually(attempts, (count) => count === 3);
  assert.equal(received("/resent").length, 3);
  // A repeat gets the first answer, even when a new request would be refused.
  await api.svix.message.expungeContent("resent", sent.id);
  await resend("k");
  assert.equal((await catchRefusal(resend("new"))).code, 410);
});

test("a manage key sees and cancels its app's tasks, the operator all tasks, and a publish key none", async () => {
  const mine = await makeApp("mine");
  const theirs = await makeApp("theirs");
  const { id } = await api.svix.endpoint.recover("mine", mine.endpointId, { since });
  const other = await api.svix.endpoint.replayMissing("theirs", theirs.endpointId, { since });
  const sdk = api.sdk(mine.manage);
  assert.deepEqual(
    (await sdk.backgroundTask.list()).data.map((task) => task.id),
    [id],
  );
  assert.equal((await sdk.backgroundTask.get(id)).id, id);
  assert.equal((await catchRefusal(sdk.backgroundTask.get(other.id))).code, 404);
  const cancel = (task: string, token: string) =>
    api.call("POST", `/background-task/${task}/cancel`, { token });
  assert.equal((await cancel(other.id, mine.manage)).status, 404);
  assert.equal((await cancel(id, mine.publish)).status, 403);
  assert.equal((await cancel(id, mine.manage)).status, 200);
  const asked = await api.call("GET", "/background-task?app_id=theirs");
  const { data } = asked.body as { readonly data: readonly { readonly id: string }[] };
  assert.deepEqual(
    data.map((task) => task.id),
    [other.id],
  );
  assert.equal((await api.call("GET", "/background-task?app_id=nobody")).status, 404);
  const foreign = await api.call("GET", "/background-task?app_id=theirs", { token: mine.manage });
  assert.equal(foreign.status, 404);
  const all = await api.svix.backgroundTask.list({ task: BackgroundTaskType.EndpointReplay });
  assert.ok(all.data.some((task) => task.id === other.id));
  const none = await api.svix.backgroundTask.list({ task: BackgroundTaskType.SdkGenerate });
  assert.deepEqual([none.data, none.done], [[], true]);
  assert.equal((await api.call("GET", "/background-task?status=paused")).status, 422);
  assert.equal((await api.call("GET", "/background-task?iterator=msg_x")).status, 422);
});

test("tasks are paged by id", async () => {
  const { endpointId } = await makeApp("paged");
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push((await api.svix.endpoint.recover("paged", endpointId, { since })).id);
  }
  const seen: string[] = [];
  for (let iterator: string | null = null; ;) {
    const query: string = iterator === null ? "" : `&iterator=${iterator}`;
    const { body } = await api.call("GET", `/background-task?app_id=paged&limit=2${query}`);
    const page = body as { data: { id: string }[]; iterator: string | null; done: boolean };
    seen.push(...page.data.map(({ id }) => id));
    if (page.done) break;
    iterator = page.iterator;
  }
  assert.deepEqual(seen, ids);
});

type FeedPage = {
  readonly data: readonly { readonly id: string }[];
  readonly iterator: string;
  readonly done: boolean;
};

async function feed(uid: string, query: string, token?: string) {
  const more = token === undefined ? {} : { token };
  const answer = await api.call("GET", `/app/${uid}/event?${query}`, more);
  return { ...answer, page: answer.body as FeedPage };
}

test("the feed shows every message in order, and its payload byte for byte", async () => {
  await makeApp("feed");
  const payloads = [`{"n":1e2,"id":18446744073709551615}`, `{ "a" :\t[ 1 ] }`, `{"a":1,"a":2}`];
  const ids: string[] = [];
  for (const payload of payloads) {
    const raw = `{"eventType":"exact.body","payload":${payload}}`;
    const { body } = await api.call("POST", "/app/feed/msg", { raw });
    ids.push((body as { readonly id: string }).id);
  }
  const first = await feed("feed", "limit=2");
  assert.equal(first.page.done, false);
  const rest = await feed("feed", `after=${first.page.iterator}`);
  assert.equal(rest.page.done, true);
  assert.deepEqual(
    [...first.page.data, ...rest.page.data].map(({ id }) => id),
    ids,
  );
  const text = first.text + rest.text;
  assert.ok(!text.includes("sequence"), "no position over all applications is shown");
  for (const payload of payloads) assert.ok(text.includes(`"payload":${payload}`), payload);
  const empty = await feed("feed", `after=${rest.page.iterator}`);
  assert.deepEqual(empty.page, { data: [], iterator: rest.page.iterator, done: true });
  const { body } = await api.call("POST", "/app/feed/msg", {
    body: { eventType: "other.type", payload: {} },
  });
  const later = await feed("feed", `after=${rest.page.iterator}`);
  const { id } = body as { readonly id: string };
  assert.deepEqual(
    later.page.data.map((event) => event.id),
    [id],
  );
  const afterId = await feed("feed", `after=${ids[2]}&event_types=other.type&with_content=false`);
  assert.deepEqual(
    afterId.page.data.map((event) => event.id),
    [id],
  );
  assert.ok(!afterId.text.includes("exact.body"));
  assert.deepEqual((await feed("feed", "since=2100-01-01T00:00:00Z")).page.data, []);
});

test("the feed needs permission to manage the app, and refuses an invalid cursor", async () => {
  const { manage, publish } = await makeApp("closed");
  assert.equal((await feed("closed", "", manage)).status, 200);
  assert.equal((await feed("closed", "", publish)).status, 403);
  await makeApp("another");
  await api.call("POST", "/app/another/msg", { body: { eventType: "a.b", payload: {} } });
  const another = await feed("another", "");
  const elsewhere = await feed("closed", `after=${another.page.iterator}`);
  assert.equal(elsewhere.status, 422, "the cursor of another application");
  assert.match(elsewhere.text, /"query","after"/);
  assert.equal((await feed("feed", "", manage)).status, 404);
  for (const query of ["after=x", "after=-1", "after=1025", "limit=0", "limit=251", "iterator=1"]) {
    assert.equal((await feed("closed", query)).status, 422, query);
  }
});
