/** Expunging several messages and all of them, and the check before a publish, as Svix's SDK calls them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BackgroundTaskStatus, BackgroundTaskType, BulkExpungeStatus } from "svix";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

async function makeApp(uid: string): Promise<Record<"publish" | "manage", string>> {
  await api.svix.application.create({ name: uid, uid });
  const createKey = async (kind: string) =>
    ((await api.call("POST", `/app/${uid}/key`, { body: { kind } })).body as { key: string }).key;
  return { publish: await createKey("publish"), manage: await createKey("manage") };
}

const publish = (app: string, eventId: string) =>
  api.svix.message.create(app, { eventType: "a.b", eventId, payload: { note: "secret" } });
const payloadOf = async (app: string, id: string) =>
  (await api.svix.message.get(app, id, { withContent: true })).payload;

describe("bulkExpungeContent", () => {
  test("deletes the contents of messages by id and by eventId, and reports unknown ones", async () => {
    const { manage } = await makeApp("bulk");
    const one = await publish("bulk", "one");
    const two = await publish("bulk", "two");
    const three = await publish("bulk", "three");
    const ids = [one.id, "two", "__proto__", "msg_2srOrx2ZWZBpBUvZwXKQmoEYga3"];
    const { results } = await api.sdk(manage).message.bulkExpungeContent("bulk", { ids });
    assert.deepEqual(Object.entries(results), [
      [one.id, BulkExpungeStatus.Expunged],
      ["two", BulkExpungeStatus.Expunged],
      ["__proto__", BulkExpungeStatus.NotFound],
      ["msg_2srOrx2ZWZBpBUvZwXKQmoEYga3", BulkExpungeStatus.NotFound],
    ]);
    for (const { id } of [one, two])
      assert.deepEqual(await payloadOf("bulk", id), { expired: true });
    assert.deepEqual(await payloadOf("bulk", three.id), { note: "secret" });
  });

  test("refuses more than 250 ids, a publish key, another application", async () => {
    const { publish: key, manage } = await makeApp("bounds");
    const ask = (ids: unknown, token: string, app = "bounds") =>
      api.call("POST", `/app/${app}/msg/bulk-expunge`, { body: { ids }, token });
    const many = Array.from({ length: 251 }, (_, i) => `id-${i}`);
    const refused = await ask(many, manage);
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.text, /"ids".*must have 0 to 250 items.*it has 251/);
    assert.equal((await ask([], key)).status, 403);
    assert.equal((await ask([], manage, "bulk")).status, 404);
    const unknown = await api.call("POST", "/app/no-such-app/msg/bulk-expunge", { body: {} });
    assert.equal(unknown.status, 404);
  });
});

describe("expungeAllContents", () => {
  test("is a background task that Svix's SDK reads", async () => {
    const keys = await makeApp("all");
    const message = await publish("all", "one");
    await assert.rejects(api.sdk(keys.publish).message.expungeAllContents("all"), { code: 403 });
    const sdk = api.sdk(keys.manage);
    const started = await sdk.message.expungeAllContents("all", { idempotencyKey: "k" });
    assert.equal(started.task, BackgroundTaskType.ApplicationPurgeContent);
    const task = await eventually(
      () => sdk.backgroundTask.get(started.id),
      ({ status }) => status !== BackgroundTaskStatus.Running,
    );
    assert.equal(task.status, BackgroundTaskStatus.Finished);
    assert.equal((task.data as { messagesPurged: number }).messagesPurged, 1);
    assert.deepEqual(await payloadOf("all", message.id), { expired: true });
    const again = await sdk.message.expungeAllContents("all", { idempotencyKey: "k" });
    assert.equal(again.id, started.id);
    await assert.rejects(api.svix.message.expungeAllContents("no-such-app"), { code: 404 });
  });
});

describe("precheck", () => {
  test("says whether an endpoint listens, to a publish key and to a manage key", async () => {
    const keys = await makeApp("precheck");
    await api.svix.eventType.create({ name: "check.yes", description: "" });
    await api.svix.endpoint.create("precheck", {
      url: "https://example.com/",
      eventTypes: ["check.yes"],
      channels: ["eu"],
    });
    const ask = async (token: string, eventType: string, channel?: string) => {
      const asked = { eventType, ...(channel === undefined ? {} : { channels: [channel] }) };
      return (await api.sdk(token).message.precheck("precheck", asked)).active;
    };
    for (const token of [keys.publish, keys.manage]) {
      assert.equal(await ask(token, "check.yes", "eu"), true);
      assert.equal(await ask(token, "check.yes", "us"), false);
      assert.equal(await ask(token, "check.yes"), false);
      assert.equal(await ask(token, "check.no", "eu"), false);
    }
    // A typing error would be a constant no.
    await assert.rejects(ask(keys.publish, "message.recieved"), { code: 422 });
    await assert.rejects(api.svix.message.precheck("no-such-app", { eventType: "a" }), {
      code: 404,
    });
  });
});

test("applications with only disabled endpoints are left out of a list on request", async () => {
  await makeApp("on");
  await makeApp("off");
  const url = "https://example.com/";
  await api.svix.endpoint.create("on", { url });
  await api.svix.endpoint.create("off", { url, disabled: true });
  const list = async (excludeAppsWithDisabledEndpoints: boolean) =>
    (
      await api.svix.application.list({
        excludeAppsWithDisabledEndpoints,
        excludeAppsWithNoEndpoints: true,
      })
    ).data.map(({ uid }) => uid);
  assert.ok((await list(false)).includes("off"));
  const listed = await list(true);
  assert.deepEqual([listed.includes("on"), listed.includes("off")], [true, false]);
});
