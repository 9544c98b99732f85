import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openLiveClient } from "../../../../test/harness/live-client.ts";
import {
  ADMIN_TOKEN,
  catchRefusal,
  startNativeApi,
  type NativeApi,
} from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";
import { makeDatabase } from "../../../../test/postgres/databases.ts";

const MESSAGE = { eventType: "order.paid", payload: { total: "12 secret words" } };

for (const store of ["SQLite", "PostgreSQL"]) {
  describe(`the live stream on ${store}`, () => {
    const opened = new AsyncDisposableStack();
    let api: NativeApi;
    let receiver: Receiver;
    before(async () => {
      const database = store === "SQLite" ? null : opened.use(await makeDatabase());
      const settings = database === null ? {} : { HOOKLINE_STORE: database.url };
      receiver = opened.use(await startReceiver());
      api = opened.use(await startNativeApi(settings));
      await api.svix.eventType.create({ name: "order.paid", description: "Paid." });
      for (const uid of ["own", "other"]) await api.svix.application.create({ name: uid, uid });
    });
    after(() => opened.disposeAsync());

    test("an application gets its endpoints, events, attempts and tasks by ids", async () => {
      const { token } = await api.svix.authentication.appPortalAccess("own", {});
      await using client = await openLiveClient(`${api.url}/api/v1/app/own/stream`, token);
      assert.equal(client.headers.get("content-type"), "text/event-stream; charset=utf-8");
      assert.equal(client.headers.get("x-accel-buffering"), "no");
      await api.svix.endpoint.create("other", { url: `${receiver.url}/other` });
      await api.svix.message.create("other", MESSAGE);
      const endpoint = await api.svix.endpoint.create("own", { url: `${receiver.url}/own` });
      const { id: appId } = await api.svix.application.get("own");
      assert.deepEqual((await client.next("endpoint"))?.facts, { appId, id: endpoint.id });
      const message = await api.svix.message.create("own", MESSAGE);
      const event = await client.next("event");
      assert.deepEqual(event?.facts, { appId, id: message.id, eventType: "order.paid" });
      const attempt = await client.next("attempt");
      const { id, durationMs, ...facts } = attempt?.facts ?? {};
      assert.deepEqual(facts, {
        appId,
        eventId: message.id,
        endpointId: endpoint.id,
        statusCode: 200,
        succeeded: true,
      });
      assert.match(String(id), /^atmpt_/);
      assert.equal(typeof durationMs, "number");
      const { id: taskId } = await api.svix.endpoint.recover("own", endpoint.id, {
        since: new Date(0),
      });
      assert.equal((await client.next("task"))?.facts["id"], taskId);
    });

    test("the operator gets those of all applications, with sums", async () => {
      await using client = await openLiveClient(`${api.url}/api/v1/stream`, ADMIN_TOKEN);
      const { id } = await api.svix.message.create("other", MESSAGE);
      assert.equal((await client.next("event"))?.facts["id"], id);
      const sums = (await client.next("overview"))?.facts ?? {};
      assert.ok(Number(sums["events"]) + Number(sums["attempts"]) > 0, JSON.stringify(sums));
    });

    test("a burst is a gap instead of notices, and its sums are whole", async () => {
      await api.svix.application.create({ name: "busy", uid: "busy" });
      await using all = await openLiveClient(`${api.url}/api/v1/stream`, ADMIN_TOKEN);
      await using busy = await openLiveClient(`${api.url}/api/v1/app/busy/stream`, ADMIN_TOKEN);
      const body = Array.from({ length: 600 }, () => MESSAGE);
      for (let n = 0; n < 2; n++) {
        const { status, text } = await api.call("POST", "/app/busy/msg/batch", { body });
        assert.equal(status, 202, text);
      }
      await busy.next("gap");
      let events = 0;
      while (events < 2 * body.length) {
        const sums = await all.next("overview");
        assert.notEqual(sums, null, `the stream ended after ${events}`);
        events += Number(sums?.facts["events"]);
      }
      assert.equal(events, 2 * body.length);
    });
  });
}

test("a node passes the notices of another one to its clients", async () => {
  await using database = await makeDatabase();
  await using first = await startNativeApi({ HOOKLINE_STORE: database.url });
  await using second = await startNativeApi({ HOOKLINE_STORE: database.url });
  await first.svix.application.create({ name: "App", uid: "app" });
  await first.svix.eventType.create({ name: "order.paid", description: "Paid." });
  await using client = await openLiveClient(`${first.url}/api/v1/app/app/stream`, ADMIN_TOKEN);
  // The first gap says that by now the other nodes send.
  await client.next("gap");
  const { id } = await second.svix.message.create("app", MESSAGE);
  assert.equal((await client.next("event"))?.facts["id"], id);
});

test("streams have separate limits, and take no turn of the credential's reads", async () => {
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "App", uid: "app" });
  await using streams = new AsyncDisposableStack();
  const open = () => openLiveClient(`${api.url}/api/v1/app/app/stream`, ADMIN_TOKEN);
  const [first] = await Promise.all(
    Array.from({ length: 10 }, async () => streams.use(await open())),
  );
  const refused = await api.call("GET", "/app/app/stream");
  assert.equal(refused.status, 429);
  assert.match(refused.text, /streams_of_credential/);
  assert.equal((await api.svix.application.list()).data.length, 1);
  await first?.[Symbol.asyncDispose]();
  // The server sees the end of the connection a moment later.
  while ((await api.call("GET", "/app/app/stream")).status === 429);
  const head = await fetch(`${api.url}/api/v1/app/app/stream`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  assert.equal(head.status, 405);
});

test("a stop ends the streams", async () => {
  const api = await startNativeApi({ HOOKLINE_STOP_GRACE: "10m" });
  await using client = await openLiveClient(`${api.url}/api/v1/stream`, ADMIN_TOKEN);
  const [left] = await Promise.all([client.rest(), api[Symbol.asyncDispose]()]);
  assert.deepEqual(left, []);
});

test("a key of another application gets no stream", async () => {
  await using api = await startNativeApi();
  for (const uid of ["own", "other"]) await api.svix.application.create({ name: uid, uid });
  const { token } = await api.svix.authentication.appPortalAccess("own", { readOnly: true });
  const other = await api.call("GET", "/app/other/stream", { token });
  assert.equal(other.status, 404);
  assert.equal((await api.call("GET", "/stream", { token })).status, 403);
  await catchRefusal(api.sdk(token).application.list());
});
