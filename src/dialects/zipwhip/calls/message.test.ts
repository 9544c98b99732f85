/** The calls of a line's client on messages: get one, mark it as read, delete it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receiver } from "../../../../test/harness/receiver.ts";
import {
  openZipwhipLine,
  receiveZipwhipText,
  zipwhipFetch,
} from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine, ZipwhipMessage } from "../../../../test/harness/zipwhip-line.ts";
import { parseJson } from "../../../core/json/json.ts";

let api: NativeApi;
let receiver: Receiver;
let app: string;
let line: ZipwhipLine;
before(async () => {
  receiver = await startReceiver();
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Messages" })).id;
  line = await openZipwhipLine(api, { app, number: "+12065550100" });
  for (const event of ["read", "delete"]) {
    const url = `${receiver.url}/message/${event}`;
    await line.done("/webhook/add", { type: "message", event, url });
  }
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

function receiveText(text = "Hello"): Promise<ZipwhipMessage> {
  return receiveZipwhipText({ api, receiver }, { app, line, text });
}

/** Bodies of the webhooks for these messages. */
function receivedFor(event: "read" | "delete", ids: readonly bigint[]): ZipwhipMessage[] {
  return receiver.receipts
    .filter(({ path }) => path === `/message/${event}`)
    .map(({ body }) => parseJson(body) as unknown as ZipwhipMessage)
    .filter(({ id }) => ids.includes(id));
}

test("message/get has the keys of the webhook, with the id as a text, by any name of its id", async () => {
  const received = await receiveText("Grüße 👋");
  assert.ok(received.id > 2n ** 53n);
  for (const name of ["id", "messageId", "message"]) {
    const { body, headers } = await line.call("/message/get", { [name]: `${received.id}` });
    const shown = body.response as Record<string, unknown>;
    assert.deepEqual(withKeysOf(received, shown), { ...received, id: `${received.id}` });
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
  }
});

test("message/get has the keys that Zipwhip's clients read", async () => {
  const { id } = await receiveText("Hi");
  const get = async () =>
    (await line.done("/message/get", { id: `${id}` })) as Record<string, unknown>;
  const shown = await get();
  assert.deepEqual(withKeysOf(CLIENT_KEYS, shown), {
    ...CLIENT_KEYS,
    id: `${id}`,
    uuid: `${id}`,
    destAddress: line.number,
    contactDeviceId: line.deviceId,
  });
  await line.done("/message/read", { message: `${id}` });
  assert.equal((await get())["isRead"], true);
});

/** The keys of Zipwhip's Java client and of public JavaScript clients, for an unread text. */
const CLIENT_KEYS = {
  id: "",
  uuid: "",
  type: "MO",
  sourceAddress: "+12065550188",
  destAddress: "",
  isRead: false,
  mobileNumber: "+12065550188",
  firstName: "",
  lastName: "",
  contactDeviceId: 0,
  transmissionState: { name: "DELIVERED" },
  errorState: false,
};

/** The members of `shown` with the names in `wanted`. */
function withKeysOf(wanted: object, shown: Record<string, unknown>): object {
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, shown[key]]));
}

test("marking a message as read makes one webhook however often it is repeated, and message/get shows it", async () => {
  const { id } = await receiveText();
  const answer = await line.call("/message/read", { message: `${id}` });
  assert.equal(answer.text, '{"success":true,"response":true}');
  await receiver.until(() => receivedFor("read", [id]).length > 0);
  const [body] = receivedFor("read", [id]);
  assert.equal(body?.["read"], true);
  assert.match(String(body?.["dateRead"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const shown = (await line.done("/message/get", { id: `${id}` })) as Record<string, unknown>;
  assert.deepEqual(withKeysOf(body ?? {}, shown), { ...body, id: `${id}` });

  assert.equal(await line.done("/message/read", { message: `${id}` }), true);
  await Promise.all([1, 2, 3].map(() => line.done("/message/read", { messages: `${id}` })));
  // The webhooks of those calls are sent before the next ones.
  await line.done("/message/delete", { message: `${id}` });
  await receiver.until(() => receivedFor("delete", [id]).length > 0);
  assert.equal(receivedFor("read", [id]).length, 1);
  assert.equal(receivedFor("delete", [id])[0]?.["deleted"], true);
  assert.equal(receivedFor("delete", [id])[0]?.["visible"], false);
});

test("simultaneous marking from many clients makes one webhook", async () => {
  const { id } = await receiveText();
  await Promise.all(
    Array.from({ length: 8 }, () => line.done("/message/read", { message: `${id}` })),
  );
  const later = (await receiveText()).id;
  await line.done("/message/read", { message: `${later}` });
  await receiver.until(() => receivedFor("read", [later]).length > 0);
  assert.equal(receivedFor("read", [id]).length, 1);
});

test("several messages are marked by commas, by a JSON list, by repeated parameters, and in JSON", async () => {
  const ids: bigint[] = [];
  for (let i = 0; i < 8; i++) ids.push((await receiveText()).id);
  const [a, b, c, d, e, f, g, h] = ids.map(String) as [string, string, ...string[]];
  await line.done("/message/read", { message: `${a},${b}` });
  await line.done("/message/read", { messages: `[${c},"${d}"]` });
  await line.done("/message/read", [
    ["message", e ?? ""],
    ["message", f ?? ""],
  ]);
  const { body } = await zipwhipFetch(`${api.url}/message/read?session=${line.session}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"message":[${g},"${h}"]}`,
  });
  assert.equal(body.success, true);
  await receiver.until(() => receivedFor("read", ids).length === 8);
  assert.deepEqual(new Set(receivedFor("read", ids).map(({ id }) => id)), new Set(ids));
});

test("an outbound text is not changed by message/read, and can be deleted", async () => {
  const path = "/message/send";
  await line.done("/webhook/add", { type: "message", event: "send", url: receiver.url + path });
  const message = { id: "sent", channel: "sms", from: line.number, to: "+12065550188", text: "x" };
  const body = { eventType: "message.sent", payload: { message } };
  await api.call("POST", `/app/${app}/msg`, { body });
  const sent = () => receiver.receipts.find((receipt) => receipt.path === path);
  await receiver.until(() => sent() !== undefined);
  const { id } = parseJson(sent()?.body ?? "") as unknown as ZipwhipMessage;
  assert.equal(await line.done("/message/read", { message: `${id}` }), true);
  assert.equal(await line.done("/message/delete", { message: `${id}` }), true);
  await receiver.until(() => receivedFor("delete", [id]).length > 0);
  assert.deepEqual(receivedFor("read", [id]), []);
});
