/** Webhooks that a consumer's server receives over a real socket, for events that a platform published. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receipt } from "../../../../test/harness/receiver.ts";
import { openZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";
import type { ZipwhipLine } from "../../../../test/harness/zipwhip-line.ts";
import { parseJson, stringifyJson } from "../../../core/json/json.ts";

const APIS = { HOOKLINE_APIS: "svix,zipwhip" };
/** Ids that the server generates, and the line's: compared by their type, then replaced. */
const DRAWN = ["id", "fingerprint", "contactId", "deviceId", "messageId"] as const;
const OUTSIDE_DOUBLES = 2n ** 53n;

async function addHook(
  line: ZipwhipLine,
  event: string,
  url: string,
  method = "POST",
): Promise<void> {
  const [type = "", name = ""] = event.split("/");
  await line.done("/webhook/add", { type, event: name, url, method });
}

async function publish(api: NativeApi, app: string, eventType: string, payload: object) {
  const answer = await api.call("POST", `/app/${app}/msg`, { body: { eventType, payload } });
  assert.equal(answer.status, 202, answer.text);
}

function fixture(name: string): string {
  const file = new URL(`../../../../test/fixtures/zipwhip/${name}.json`, import.meta.url);
  return stringifyJson(parseJson(readFileSync(file, "utf8")));
}

/** The body with the fixture's digits in place of the server's, as a number or as a string. */
function replaceIds(expected: string, body: string): string {
  let text = body;
  for (const name of DRAWN) {
    const member = new RegExp(`"${name}":(\\d+|"\\d+")(?=[,}])`);
    const shown = member.exec(expected)?.[0];
    if (shown !== undefined) text = text.replace(member, shown);
  }
  return text;
}

test("all six events arrive by POST as the documents print them, each at a separate URL", async () => {
  await using receiver = await startReceiver();
  await using api = await startNativeApi({
    ...APIS,
    HOOKLINE_ZIPWHIP_USER_AGENT: "documented",
  });
  const app = (await api.svix.application.create({ name: "Six" })).id;
  const [ours, theirs] = ["+12065550123", "+12065550188"];
  const [documentedLine, documentedContact] = ["+12068163958", "+12063996756"];
  const [oldLine, oldContact] = ["+14257772300", "+14257772222"];
  const documented = await openZipwhipLine(api, { app, number: documentedLine });
  const analogous = await openZipwhipLine(api, { app, number: ours });
  const old = await openZipwhipLine(api, {
    app,
    number: oldLine,
    payloadGeneration: "2015",
  });
  for (const event of ["message/receive", "optout/change"]) {
    await addHook(documented, event, `${receiver.url}/${event}`);
  }
  for (const event of ["message/send", "message/progress", "message/read", "message/delete"]) {
    await addHook(analogous, event, `${receiver.url}/${event}`);
  }
  await addHook(old, "message/receive", `${receiver.url}/2015`);

  const received = { channel: "sms", from: documentedContact, to: documentedLine };
  const message = { ...received, id: "hello", text: "Hello World" };
  await publish(api, app, "message.received", {
    message: { ...message, receivedAt: "2020-11-13T17:01:17.097Z" },
  });
  const stop = { ...received, id: "stop", text: "Stop", receivedAt: "2019-11-15T19:34:23.069Z" };
  await publish(api, app, "message.received", { message: stop });
  await publish(api, app, "message.received", {
    message: {
      id: "old",
      channel: "sms",
      from: oldContact,
      to: oldLine,
      text: "Thanks for texting, this is an auto reply!",
      receivedAt: "2015-08-19T16:53:45-07:00",
    },
  });
  const sent = { id: "out", channel: "sms", from: ours, to: theirs, text: "Your table is ready" };
  await publish(api, app, "message.sent", { message: { ...sent, sentAt: "2020-11-13T17:03:20Z" } });
  await publish(api, app, "message.progress", {
    message: { id: "out", status: "delivered_to_handset" },
    occurredAt: "2020-11-13T17:03:24Z",
  });
  for (const [id, type, at] of [
    ["read", "message.read", { readAt: "2020-11-13T17:05:00Z" }],
    ["deleted", "message.deleted", { deletedAt: "2020-11-13T17:06:00Z" }],
  ] as const) {
    const text = { channel: "sms", from: theirs, to: ours, text: "Hello World" };
    await publish(api, app, "message.received", {
      message: { ...text, id, receivedAt: "2020-11-13T17:01:17Z" },
    });
    await publish(api, app, type, { message: { id }, ...at });
  }

  await receiver.until(() => receiver.receipts.length >= 8);
  const at = (path: string) => receiver.receipts.filter((receipt) => receipt.path === path);
  for (const [path, name, event] of [
    ["/message/receive", "message_receive.v2020", "message/receive"],
    ["/message/send", "message_send", "message/send"],
    ["/message/progress", "message_progress.6_delivered_to_handset", "message/progress"],
    ["/message/read", "message_read", "message/read"],
    ["/message/delete", "message_delete", "message/delete"],
    ["/optout/change", "optout_change.stop", "optout/change"],
    ["/2015", "message_receive.v2015", "message/receive"],
  ] as const) {
    const receipts = at(path).filter(({ body }) => !body.includes(`"body":"Stop"`));
    assert.equal(receipts.length, 1, path);
    const { method, headers, body } = receipts[0] as Receipt;
    const expected = fixture(name);
    assert.equal(replaceIds(expected, body), expected, path);
    assert.equal(method, "POST");
    assert.equal(headers["hookline-event-type"], event);
    const isOld = path === "/2015";
    assert.equal(
      headers["content-type"],
      isOld ? "application/json; charset=UTF-8" : "application/json;charset=UTF-8",
    );
    assert.equal(
      headers["user-agent"],
      isOld ? "Jakarta Commons-HttpClient/3.1" : "Apache-HttpClient/4.5.7 (Java/1.8.0_201)",
    );
  }
  // The text that opts out is also a received text, and the opt-out names it by id.
  const texts = at("/message/receive").map(({ body }) => body);
  const stopText = texts.find((body) => body.includes(`"body":"Stop"`)) ?? "";
  const stopId = /"id":(\d+)/.exec(stopText)?.[1];
  assert.match(at("/optout/change")[0]?.body ?? "", new RegExp(`"messageId":"${stopId}"`));
  assert.equal(receiver.receipts.length, 8);
});

test("64-bit ids arrive digit by digit and are exact as doubles, by POST, PUT and GET alike", async () => {
  await using receiver = await startReceiver();
  await using api = await startNativeApi(APIS);
  const app = (await api.svix.application.create({ name: "Ids" })).id;
  const [number, contact] = ["+12065550123", "+12065550188"];
  const line = await openZipwhipLine(api, { app, number });
  await addHook(line, "message/receive", `${receiver.url}/post`, "POST");
  await addHook(line, "message/receive", `${receiver.url}/put`, "PUT");
  await addHook(line, "message/receive", `${receiver.url}/get?token=a%26b`, "GET");

  // Published in one transaction, more than one per millisecond, so that their ids are neighbours.
  const count = 40;
  const events = Array.from({ length: count }, (_, index) => ({
    eventType: "message.received",
    payload: {
      message: { id: `m${index}`, channel: "sms", from: contact, to: number, text: `${index}` },
    },
  }));
  const answer = await api.call("POST", `/app/${app}/msg/batch`, { body: events });
  assert.equal(answer.status, 202, answer.text);
  await receiver.until(() => receiver.receipts.length >= 3 * count);

  const received = new Map<string, Map<string, string>>();
  for (const { method, path, body } of receiver.receipts) {
    const query = new URL(path, receiver.url).searchParams;
    const isQuery = method === "GET";
    if (isQuery) assert.deepEqual([query.get("token"), body], ["a&b", ""]);
    const id = isQuery ? query.get("id") : /"id":(\d+),/.exec(body)?.[1];
    const text = isQuery ? query.get("body") : /"body":"(\d+)"/.exec(body)?.[1];
    const byMethod = received.get(method) ?? new Map<string, string>();
    received.set(method, byMethod.set(text ?? "", id ?? ""));
  }
  const posted = received.get("POST") ?? new Map<string, string>();
  assert.equal(posted.size, count);
  assert.deepEqual(received.get("PUT"), posted);
  assert.deepEqual(received.get("GET"), posted);
  assert.equal(new Set(posted.values()).size, count);
  for (const id of posted.values()) {
    assert.ok(BigInt(id) > OUTSIDE_DOUBLES);
    // A client that reads numbers as doubles gets the exact id, not its neighbour.
    assert.equal(BigInt(Number(id)), BigInt(id));
    const shown = (await line.done("/message/get", { id })) as { readonly id: string };
    assert.equal(shown.id, id);
  }
});
