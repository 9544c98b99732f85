/** Every event of Chirp, from the publish of a canonical event to its receiver. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { openChirpApp, toWebhook } from "../../../../test/harness/chirp-app.ts";
import type { ChirpApp } from "../../../../test/harness/chirp-app.ts";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receipt, Receiver } from "../../../../test/harness/receiver.ts";
import { BASIC, LEAK, withCredentials } from "../../../../test/harness/url-credentials.ts";
import { CHIRP_EVENTS, OLDER_EVENTS } from "./events.ts";

const CUSTOMER = "+15551234567";
const LINE = "+15559876543";
const AT = "2024-01-15T10:30:00.000Z";
const SENT_AT = "2024-01-15T10:30:01.000Z";
const DELIVERED_AT = "2024-01-15T10:30:05.000Z";
const READ_AT = "2024-01-15T10:30:10.000Z";
const HEADERS = { "X-Webhook-Secret": "your-secret-key", Authorization: "Basic dTpw" };

type Published = readonly [eventType: string, payload: object, occurredAt?: string];

const inbound = (channel: string) => ({
  id: `in-${channel}`,
  channel,
  from: CUSTOMER,
  to: LINE,
  text: "Hello!",
  receivedAt: AT,
});
const outbound = (id: string, channel: string) => ({
  id,
  direction: "outbound",
  channel,
  from: LINE,
  to: CUSTOMER,
  text: "Hi there",
  sentAt: SENT_AT,
});
function progress(message: object, occurredAt: string): Published {
  return ["message.progress", { message, occurredAt }];
}
const template = (status: string) => ({
  template: {
    id: "1234567890123456",
    name: "order_confirmation",
    language: "en_US",
    category: "UTILITY",
    status,
  },
});
const contact = { contact: { number: CUSTOMER, firstName: "Ada", lastName: "Lovelace" } };
const account = { account: { id: "102290129340398", name: "My Shop", phoneNumber: LINE } };

/** One event for each entry of CHIRP_EVENTS, in that order. Later steps of a message name only its id. */
const PUBLISHED: readonly Published[] = [
  ["message.received", { message: inbound("sms") }],
  progress({ ...outbound("sms-1", "sms"), status: "sent" }, SENT_AT),
  progress({ id: "sms-1", status: "delivered_to_handset" }, DELIVERED_AT),
  progress(
    {
      ...outbound("sms-2", "sms"),
      status: "carrier_failed",
      error: { code: "40008", message: "Undeliverable" },
    },
    DELIVERED_AT,
  ),
  ["message.received", { message: inbound("whatsapp") }],
  progress({ ...outbound("wa-1", "whatsapp"), status: "sent" }, SENT_AT),
  progress({ id: "wa-1", status: "delivered_to_handset" }, DELIVERED_AT),
  progress({ id: "wa-1", status: "read_by_recipient" }, READ_AT),
  progress(
    {
      ...outbound("wa-2", "whatsapp"),
      status: "handset_failed",
      error: { code: 131026, message: "Unable to deliver message" },
    },
    DELIVERED_AT,
  ),
  ["template.created", template("PENDING"), AT],
  ["template.updated", template("APPROVED"), AT],
  ["template.deleted", template("APPROVED"), AT],
  ["template.connected", template("APPROVED"), AT],
  ["contact.created", contact, AT],
  ["contact.updated", contact, AT],
  ["contact.deleted", contact, AT],
  ["whatsapp_account.connected", account, AT],
  ["whatsapp_account.disconnected", account, AT],
];

let api: NativeApi;
let receiver: Receiver;
let app: ChirpApp;
before(async () => {
  receiver = await startReceiver();
  api = await startNativeApi();
  app = await openChirpApp(api, { name: "My App" });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function publish([eventType, payload, occurredAt]: Published): Promise<void> {
  const event = { eventType, payload, derive: false, ...(occurredAt && { occurredAt }) };
  const answer = await api.call("POST", `/app/${app.id}/msg`, { body: event });
  assert.equal(answer.status, 202, answer.text);
}

async function makeWebhook(path: string, events: readonly string[]): Promise<string> {
  const body = { url: receiver.url + path, events, headers: HEADERS };
  return toWebhook(await app.call("POST", "/webhooks", { body }), 201).id;
}

const arrivedAt = (path: string) => receiver.receipts.filter((receipt) => receipt.path === path);

describe("a real receiver gets all 18 events, each equal to its fixture", () => {
  before(async () => {
    await makeWebhook("/all", CHIRP_EVENTS);
    for (const event of PUBLISHED) await publish(event);
    await receiver.until(() => arrivedAt("/all").length === CHIRP_EVENTS.length);
  });

  for (const event of CHIRP_EVENTS) {
    test(event, () => {
      const receipts = arrivedAt("/all").filter(({ body }) => toEvent(body) === event);
      assert.equal(receipts.length, 1);
      const [{ method, headers, body }] = receipts as [Receipt];
      assert.equal(method, "POST");
      assert.equal(headers["content-type"], "application/json");
      assert.equal(headers["x-webhook-secret"], HEADERS["X-Webhook-Secret"]);
      assert.equal(headers["authorization"], HEADERS.Authorization);
      assert.equal(headers["webhook-signature"], undefined);
      assert.equal(withIds(body), fixtureWithIds(event));
    });
  }

  test("all steps of one message have one id, and so do all events of one contact", () => {
    const toIds = (...events: readonly string[]) => {
      const bodies = arrivedAt("/all").filter(({ body }) => events.includes(toEvent(body)));
      return new Set(bodies.map(({ body }) => /"id":"([^"]+)"/.exec(body)?.[1]));
    };
    assert.equal(toIds("messages.sms.sent", "messages.sms.delivered").size, 1);
    assert.equal(toIds("messages.whatsapp.sent", "messages.whatsapp.read").size, 1);
    assert.equal(toIds("messages.sms.sent", "messages.sms.failed").size, 2);
    assert.equal(toIds("contacts.whatsapp.created", "contacts.whatsapp.deleted").size, 1);
  });
});

test("a webhook gets only the events that it lists, from its last change on", async () => {
  const id = await makeWebhook("/some", ["messages.sms.sent"]);
  const sent = (name: string) => progress({ ...outbound(name, "sms"), status: "sent" }, SENT_AT);
  await publish(["message.received", { message: { ...inbound("sms"), id: "in-2" } }]);
  await publish(sent("sms-3"));
  await receiver.until(() => arrivedAt("/some").length === 1);
  const change = { events: ["messages.sms.delivered"], headers: { "X-New": "1" } };
  toWebhook(await app.call("PUT", `/webhooks/${id}`, { body: change }), 200);
  await publish(sent("sms-4"));
  await publish(progress({ id: "sms-4", status: "delivered_to_handset" }, DELIVERED_AT));
  await receiver.until(() => arrivedAt("/some").length === 2);
  assert.deepEqual(
    arrivedAt("/some").map(({ body }) => toEvent(body)),
    ["messages.sms.sent", "messages.sms.delivered"],
  );
  const [, last] = arrivedAt("/some");
  assert.equal(last?.headers["x-new"], "1");
  assert.equal(last?.headers["x-webhook-secret"], undefined);
});

test("a webhook gets events under the older names that it lists, in the older form", async () => {
  const id = await makeWebhook("/older", OLDER_EVENTS);
  await makeWebhook("/both", ["messages.sms.received", ...OLDER_EVENTS]);
  const shown = toWebhook(await app.call("GET", `/webhooks/${id}`), 200);
  assert.deepEqual(shown.events, OLDER_EVENTS);
  await publish(["message.received", { message: { ...inbound("whatsapp"), id: "wa-old" } }]);
  await publish(["message.received", { message: { ...inbound("sms"), id: "in-old" } }]);
  await publish(progress({ ...outbound("sms-old", "sms"), status: "sent" }, SENT_AT));
  await publish(progress({ id: "sms-old", status: "delivered_to_handset" }, DELIVERED_AT));
  await receiver.until(() => arrivedAt("/older").length === 3 && arrivedAt("/both").length === 3);
  const byEvent = (path: string) =>
    new Map(arrivedAt(path).map((receipt) => [toEvent(receipt.body), receipt]));
  const older = byEvent("/older");
  assert.deepEqual(new Set(older.keys()), new Set(OLDER_EVENTS));
  for (const [event, { body, headers }] of older) {
    assert.equal(withIds(body), fixtureWithIds(event));
    assert.equal(headers["hookline-event-type"], event);
  }
  const idOf = (event: string) => /"id":"([^"]+)"/.exec(older.get(event)?.body ?? "")?.[1];
  assert.equal(idOf("MESSAGE_SENT"), idOf("MESSAGE_DELIVERED"));
  // The current name wins over the older one, so an event is never sent twice.
  const [, ...others] = OLDER_EVENTS;
  assert.deepEqual(new Set(byEvent("/both").keys()), new Set(["messages.sms.received", ...others]));
});

function toEvent(body: string): string {
  return (JSON.parse(body) as { event: string }).event;
}

/** Ids are random, so only their form is compared. */
function withIds(body: string): string {
  return body
    .replaceAll(/"([a-z_]+_)[0-9A-Za-z]{27}"/g, '"$1KSUID"')
    .replaceAll(/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"/gi, '"UUID"');
}

function fixtureWithIds(event: string): string {
  const url = new URL(`../../../../test/fixtures/chirp/${event}.json`, import.meta.url);
  return withIds(JSON.stringify(JSON.parse(readFileSync(url, "utf8"))));
}

test("the password of a webhook's URL is sent as Basic credentials and never shown", async () => {
  const { given, shown } = withCredentials(`${receiver.url}/credentials`);
  const make = { url: given, events: ["contacts.whatsapp.created"] };
  const made = await app.call("POST", "/webhooks", { body: make });
  const { id, url } = toWebhook(made, 201);
  assert.equal(url, shown);
  const back = await app.call("PUT", `/webhooks/${id}`, { body: { url, events: make.events } });
  await publish(["contact.created", contact, AT]);
  await receiver.until(() => arrivedAt("/credentials").length === 1);
  assert.equal(arrivedAt("/credentials")[0]?.headers["authorization"], BASIC);
  const both = await app.call("PUT", `/webhooks/${id}`, { body: { headers: HEADERS } });
  assert.equal(both.status, 400);
  assert.match(both.text, /URL has a user name.*authorization/);
  const { text } = await app.call("GET", "/webhooks");
  assert.doesNotMatch(made.text + back.text + both.text + text, LEAK);
  await app.call("DELETE", `/webhooks/${id}`);
});
