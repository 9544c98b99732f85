/** Messages and attempts through the official SDK, against a whole server and a real receiver. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { messageInRaw, MessageStatus, StatusCodeClass, Webhook } from "svix";
import { catchRefusal, startNativeApi } from "../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../test/harness/native-api.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import type { Receiver } from "../../../test/harness/receiver.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
});
after(() => api[Symbol.asyncDispose]());

const RECEIVED = {
  message: { id: "m1", channel: "sms", from: "+12065550188", to: "+14255550100", text: "Hello" },
};

describe("message and attempts", () => {
  let app: string;
  let endpointId: string;
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver((_receipt, response) => response.writeHead(200).end("thanks"));
    app = (await api.svix.application.create({ name: "Messages", uid: "messages" })).id;
    endpointId = (await api.svix.endpoint.create(app, { url: `${receiver.url}/hook` })).id;
  });
  after(() => receiver[Symbol.asyncDispose]());

  async function waitForAttempts(message: string, count: number) {
    for (;;) {
      const { data } = await api.svix.messageAttempt.listByMsg(app, message, { withContent: true });
      if (data.length >= count) return data;
    }
  }

  test("a message is delivered byte for byte, signed, and shown with its attempts", async () => {
    const { message, messageAttempt } = api.svix;
    const made = await message.create(
      app,
      {
        eventType: "message.received",
        eventId: "e1",
        payload: RECEIVED,
        tags: ["t"],
        channels: ["c"],
      },
      { withContent: true },
    );
    assert.match(made.id, /^msg_[0-9A-Za-z]{27}$/);
    assert.deepEqual(made.payload, RECEIVED);
    const [attempt] = await waitForAttempts(made.id, 1);
    assert.equal(attempt?.status, 0);
    assert.equal(attempt?.statusText, "success");
    assert.equal(attempt?.response, "thanks");
    assert.equal(attempt?.responseStatusCode, 200);
    assert.equal(attempt?.triggerType, 0);
    const receipt = receiver.receipts.find(({ headers }) => headers["webhook-id"] === made.id);
    assert.equal(receipt?.body, JSON.stringify(RECEIVED));
    const { key } = await api.svix.endpoint.getSecret(app, endpointId);
    const headers = receipt?.headers as Record<string, string>;
    new Webhook(key).verify(receipt?.body ?? "", headers);
    assert.throws(() => new Webhook(key).verify(`${receipt?.body} `, headers));

    assert.deepEqual(await message.get(app, made.id, { withContent: true }), made);
    assert.deepEqual(await message.get(app, "e1", { withContent: true }), made);
    assert.deepEqual((await message.get(app, made.id)).payload, {});
    const id = attempt?.id ?? "";
    assert.deepEqual(await messageAttempt.get(app, made.id, id), attempt);
    const byEndpoint = await messageAttempt.listByEndpoint(app, endpointId, { withMsg: true });
    const mine = byEndpoint.data.find(({ msgId }) => msgId === made.id);
    assert.equal(mine?.msg?.eventId, "e1");
    assert.equal(mine?.response, "");
    const attempted = await messageAttempt.listAttemptedMessages(app, endpointId, {
      withContent: true,
    });
    assert.deepEqual(attempted.data.find(({ id }) => id === made.id)?.payload, RECEIVED);
    const destinations = await messageAttempt.listAttemptedDestinations(app, made.id);
    assert.equal(destinations.data[0]?.id, endpointId);
    assert.equal(destinations.data[0]?.statusText, "success");

    const none = await messageAttempt.listByMsg(app, made.id, { status: MessageStatus.Fail });
    assert.deepEqual(none.data, []);
    const pending = await messageAttempt.listByMsg(app, made.id, { status: MessageStatus.Pending });
    assert.deepEqual(pending.data, []);
    const wrongClass = await messageAttempt.listByMsg(app, made.id, {
      statusCodeClass: StatusCodeClass.Code5xx,
    });
    assert.deepEqual(wrongClass.data, []);

    assert.deepEqual(await messageAttempt.resend(app, made.id, endpointId), {});
    const again = await waitForAttempts(made.id, 2);
    assert.equal(again[0]?.triggerType, 1);
    await messageAttempt.expungeContent(app, made.id, id);
    assert.equal((await api.call("GET", `/app/${app}/msg/${made.id}/attempt/${id}`)).status, 200);
    const expunged = await messageAttempt.get(app, made.id, id);
    assert.equal(expunged.response, "EXPUNGED");

    await message.expungeContent(app, made.id);
    const { payload } = await message.get(app, made.id, { withContent: true });
    assert.deepEqual(payload, { expired: true });
    assert.equal((await catchRefusal(messageAttempt.resend(app, made.id, endpointId))).code, 410);
  });

  test("lists filter by channel, tag, type and time, newest first", async () => {
    const { message } = api.svix;
    const make = (eventId: string, more: object = {}) =>
      message.create(app, { eventType: "order.made", eventId, payload: { n: 1 }, ...more });
    await make("f1", { channels: ["red"] });
    await make("f2", { tags: ["blue"] });
    const eventIds = async (options: object) =>
      (await message.list(app, options)).data.map(({ eventId }) => eventId);
    assert.deepEqual(await eventIds({ channel: "red" }), ["f1"]);
    assert.deepEqual(await eventIds({ tag: "blue" }), ["f2"]);
    assert.deepEqual(await eventIds({ eventTypes: ["order.made", "nothing"] }), ["f2", "f1"]);
    assert.deepEqual(await eventIds({ before: new Date(0) }), []);
    assert.deepEqual(await eventIds({ limit: 1 }), ["f2"]);
    const first = await message.list(app, { limit: 1 });
    const second = await message.list(app, { limit: 1, iterator: first.iterator });
    assert.equal(second.data[0]?.eventId, "f1");
    const back = await message.list(app, { limit: 1, iterator: second.prevIterator ?? null });
    assert.equal(back.data[0]?.eventId, "f2");
  });

  test("an application can be created with its first message", async () => {
    const { message, application } = api.svix;
    const body = {
      eventType: "order.made",
      payload: {},
      application: { name: "Beside", uid: "beside" },
    };
    const made = await message.create("beside", body);
    assert.ok(made.id);
    assert.equal((await application.get("beside")).name, "Beside");
    assert.ok(await message.create("beside", body));
    const { code } = await catchRefusal(message.create("nobody", body));
    assert.equal(code, 422);
  });

  test("a raw payload is delivered unchanged, with its content type", async () => {
    const made = await api.svix.message.create(
      app,
      messageInRaw("raw.text", "  not json  ", "text/plain"),
      {
        withContent: true,
      },
    );
    assert.equal(made.payload, "  not json  ");
    await receiver.until(() =>
      receiver.receipts.some(({ headers }) => headers["webhook-id"] === made.id),
    );
    const receipt = receiver.receipts.find(({ headers }) => headers["webhook-id"] === made.id);
    assert.equal(receipt?.body, "  not json  ");
    assert.equal(receipt?.headers["content-type"], "text/plain");
    assert.equal(
      (await catchRefusal(api.svix.message.create(app, messageInRaw("raw.text", "nope")))).code,
      422,
    );
  });

  test("an example of a type reaches only the one endpoint, and leaves no trace in the registers", async () => {
    const example = await api.svix.endpoint.sendExample(app, endpointId, {
      eventType: "message.received",
    });
    await receiver.until(() =>
      receiver.receipts.some(({ headers }) => headers["webhook-id"] === example.id),
    );
    assert.equal(typeof example.payload.message.text, "string");
    const again = await api.svix.endpoint.sendExample(app, endpointId, {
      eventType: "message.received",
    });
    assert.notEqual(again.id, example.id);
    const { code } = await catchRefusal(
      api.svix.endpoint.sendExample(app, endpointId, { eventType: "no.such" }),
    );
    assert.equal(code, 422);
  });

  test("an example may have a given payload, sent byte for byte, and svix.ping has success", async () => {
    const send = async (body: object | string) => {
      const raw = typeof body === "string" ? body : JSON.stringify(body);
      const path = `/app/${app}/endpoint/${endpointId}/send-example`;
      return await api.call("POST", path, { raw });
    };
    const readBody = async (answer: { status: number; text: string; body: unknown }) => {
      assert.equal(answer.status, 202, answer.text);
      const { id } = answer.body as { readonly id: string };
      const find = () => receiver.receipts.find(({ headers }) => headers["webhook-id"] === id);
      await receiver.until(() => find() !== undefined);
      return find()?.body;
    };
    const ping = await send({ eventType: "svix.ping" });
    assert.equal(await readBody(ping), '{"success":true}');
    assert.match(ping.text, /"eventType":"svix\.ping".*"payload":\{"success":true\}/);
    const own = '{"eventType":"my.own","payload":{ "big": 12345678901234567890 }}';
    assert.equal(await readBody(await send(own)), '{ "big": 12345678901234567890 }');
    const nothing = await send({ eventType: "svix.ping", payload: null });
    assert.equal(await readBody(nothing), '{"success":true}');
    const refused = await send({ eventType: "message.received", payload: { message: {} } });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /"payload","message"/);
    const list = await send({ eventType: "my.own", payload: [] });
    assert.match(list.text, /"loc":\["body","payload"\],"msg":"must be a JSON object"/);
  });

  test("attempts of an endpoint are counted by outcome", async () => {
    const path = `/app/${app}/endpoint/${endpointId}/attempt-stats`;
    const { data } = await api.svix.messageAttempt.listByEndpoint(app, endpointId, { limit: 250 });
    const success = data.filter(({ responseStatusCode: code }) => code < 300).length;
    assert.ok(success > 0);
    const { status, body } = await api.call("GET", path);
    assert.equal(status, 200);
    assert.deepEqual(body, { success, fail: data.length - success, canceled: 0 });
    const none = await api.call("GET", `${path}?until=2020-01-01T00:00:00Z`);
    assert.deepEqual(none.body, { success: 0, fail: 0, canceled: 0 });
    assert.equal((await api.call("GET", `${path}?since=yesterday`)).status, 422);
    assert.equal((await api.call("GET", `/app/${app}/endpoint/none/attempt-stats`)).status, 404);
  });

  test("a payloadRetentionPeriod beyond the server's retention means the server's retention", async () => {
    const { message } = api.svix;
    const days = await message.create(app, {
      eventType: "kept.long",
      payload: { kept: true },
      payloadRetentionPeriod: 90,
    });
    assert.deepEqual((await message.get(app, days.id, { withContent: true })).payload, {
      kept: true,
    });
    const hours = await api.call("POST", `/app/${app}/msg`, {
      body: { eventType: "kept.long", payload: {}, payloadRetentionHours: 2160 },
    });
    assert.equal(hours.status, 202);
  });

  test("deliverAt and retention are honoured within their bounds", async () => {
    const { message } = api.svix;
    const at = new Date(Date.now() + 3_600_000);
    const made = await message.create(app, {
      eventType: "later",
      payload: {},
      deliverAt: at,
      payloadRetentionHours: 24,
    });
    assert.deepEqual(made.deliverAt, at);
    const [delivery] = (await api.svix.messageAttempt.listAttemptedDestinations(app, made.id)).data;
    assert.equal(delivery?.statusText, "pending");
    assert.deepEqual(delivery?.nextAttempt, at);
  });
});
