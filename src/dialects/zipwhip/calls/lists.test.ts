/** The lists of messages that Zipwhip's clients poll. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { openZipwhipLine, zipwhipPost } from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";

const [ADA, BOB] = ["+12065550188", "+12065550189"] as const;

let api: NativeApi;
let app: string;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip" });
  app = (await api.svix.application.create({ name: "Lists" })).id;
});
after(() => api[Symbol.asyncDispose]());

type Shown = Readonly<Record<string, unknown>> & { readonly id: string; readonly body: string };
type List = { readonly total: number; readonly size: number; readonly response: readonly Shown[] };
type Conversation = {
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly messages: readonly Shown[];
};

async function openLine(
  number: string,
  payloadGeneration: "2020" | "2015" = "2020",
): Promise<ZipwhipLine> {
  return await openZipwhipLine(api, { app, number, payloadGeneration });
}

async function publish(eventType: string, payload: object): Promise<void> {
  const { status, text } = await api.call("POST", `/app/${app}/msg`, {
    body: { eventType, payload },
  });
  assert.equal(status, 202, text);
}

async function receive(line: ZipwhipLine, from: string, text: string): Promise<void> {
  const message = { id: `${line.number} ${text}`, channel: "sms", from, to: line.number, text };
  await publish("message.received", { message });
}

async function list(line: ZipwhipLine, fields: Readonly<Record<string, string>> = {}) {
  const { body, text } = await line.call("/message/list", fields);
  assert.equal(body.success, true, text);
  return body as unknown as List;
}

async function getConversation(line: ZipwhipLine, fields: Readonly<Record<string, string>>) {
  return (await line.done("/conversation/get", fields)) as Conversation;
}

const toBodies = (messages: readonly Shown[]) => messages.map(({ body }) => body);

test("message/list has the newest messages of the line, as message/get shows each", async () => {
  const line = await openLine("+12065550100");
  const other = await openLine("+12065550101");
  assert.deepEqual(await list(line), { total: 0, size: 0, response: [], success: true });
  for (const text of ["one", "two", "three"]) await receive(line, ADA, text);
  await receive(other, ADA, "elsewhere");
  const all = await list(line);
  assert.deepEqual([all.total, all.size], [3, 3]);
  assert.deepEqual(toBodies(all.response), ["three", "two", "one"]);
  for (const shown of all.response) {
    assert.deepEqual(await line.done("/message/get", { id: shown.id }), shown);
  }
  const page = await list(line, { start: "1", limit: "1" });
  assert.deepEqual([toBodies(page.response), page.total, page.size], [["two"], 3, 1]);
  assert.deepEqual((await list(line, { start: "3" })).response, []);
  assert.deepEqual((await list(line, { limit: "0" })).response, []);
  assert.equal((await list(line, { limit: "999999999" })).size, 3);
});

test("a client that polls for unread messages sees each received text until it marks it, and no sent one", async () => {
  const line = await openLine("+12065550102");
  await receive(line, ADA, "hello");
  const message = { id: "sent", channel: "sms", from: line.number, to: ADA, text: "hi" };
  await publish("message.sent", { message });
  const unread = async () =>
    (await list(line)).response.filter((shown) => shown["isRead"] === false);
  const [first, ...others] = await unread();
  assert.deepEqual([first?.body, others], ["hello", []]);
  await line.done("/message/read", { messages: first?.id ?? "" });
  assert.deepEqual(await unread(), []);
  assert.deepEqual(toBodies((await list(line)).response), ["hi", "hello"]);
});

test("a deleted message is in no list", async () => {
  const line = await openLine("+12065550103");
  for (const text of ["kept", "deleted"]) await receive(line, ADA, text);
  const [deleted] = (await list(line)).response;
  await line.done("/message/delete", { message: deleted?.id ?? "" });
  assert.deepEqual(toBodies((await list(line)).response), ["kept"]);
});

test("conversation/get has the messages with one contact, and a summary of them", async () => {
  const line = await openLine("+12065550104", "2015");
  const contact = { number: ADA, firstName: "Ada", lastName: "Lovelace" };
  await publish("contact.updated", { contact });
  for (const text of ["one", "two"]) await receive(line, ADA, text);
  await receive(line, BOB, "another");
  await receive(line, ADA, "three");
  const [newest] = (await list(line)).response;
  const fingerprint = String(newest?.["fingerprint"]);
  const { conversation, messages } = await getConversation(line, { fingerprint });
  assert.deepEqual(toBodies(messages), ["three", "two", "one"]);
  assert.deepEqual(conversation, {
    address: "ptn:/2065550188",
    fingerprint,
    deviceId: line.deviceId,
    unreadCount: 3,
    lastContactId: newest?.["contactId"],
    lastContactDeviceId: line.deviceId,
    lastContactFirstName: "Ada",
    lastContactLastName: "Lovelace",
    lastContactMobileNumber: "2065550188",
    lastMessageBody: "three",
    lastMessageDate: newest?.["dateCreated"],
    lastNonDeletedMessageDate: newest?.["dateCreated"],
    lastUpdated: newest?.["dateCreated"],
    new: true,
    deleted: false,
    deviceAddress: null,
    cc: null,
    bcc: null,
  });
  const page = await getConversation(line, { fingerprint, start: "1", limit: "1" });
  assert.deepEqual(toBodies(page.messages), ["two"]);
  assert.equal(page.conversation["lastMessageBody"], "three");
  await line.done("/message/read", { message: messages.map(({ id }) => id).join() });
  const read = (await getConversation(line, { fingerprint })).conversation;
  assert.deepEqual([read["unreadCount"], read["new"]], [0, false]);
});

test("a conversation with more than a hundred messages is paged to its end", async () => {
  const line = await openLine("+12065550105");
  const texts = Array.from({ length: 103 }, (_, i) => `text ${i}`);
  for (const text of texts) await receive(line, ADA, text);
  const [newest] = (await list(line, { limit: "1" })).response;
  const fingerprint = String(newest?.["fingerprint"]);
  const found: string[] = [];
  for (const start of ["0", "99", "100"]) {
    const { messages } = await getConversation(line, { fingerprint, start, limit: "100" });
    found.push(...toBodies(messages));
  }
  assert.deepEqual(new Set(found), new Set(texts));
  assert.equal(found.length, 100 + 4 + 3);
});

test("a conversation of another line is unknown, like one that never was", async () => {
  const [line, other] = [await openLine("+12065550106"), await openLine("+12065550107")];
  await receive(other, ADA, "hello");
  const [shown] = (await list(other)).response;
  for (const fingerprint of [String(shown?.["fingerprint"]), "1"]) {
    await refused(line, "/conversation/get", { fingerprint }, /^There is no conversation \d+ of/);
  }
});

test("an invalid page or fingerprint is refused by name, and a call without a session", async () => {
  const line = await openLine("+12065550108");
  for (const path of ["/message/list", "/conversation/get"]) {
    const fingerprint = "1";
    await refused(line, path, { fingerprint, limit: "-1" }, /^limit /);
    await refused(line, path, { fingerprint, start: "1.5" }, /^start /);
    const answer = await zipwhipPost(api.url, path, { fingerprint });
    assert.deepEqual([answer.status, answer.body.success], [401, false]);
  }
  await refused(line, "/conversation/get", {}, /^fingerprint is missing/);
  await refused(line, "/conversation/get", { fingerprint: "x" }, /^fingerprint /);
});

async function refused(
  line: ZipwhipLine,
  path: string,
  fields: Readonly<Record<string, string>>,
  reason: RegExp,
): Promise<void> {
  const { body } = await line.call(path, fields);
  assert.equal(body.success, false);
  assert.match(String(body.response), reason);
}
