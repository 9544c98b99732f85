/** Deliveries to a real receiver: every type as recorded, the right secret, one picture per webhook. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receipt, Receiver } from "../../../../test/harness/receiver.ts";
import { openSendblueAccount } from "../../../../test/harness/sendblue-account.ts";
import type { SendblueAccount } from "../../../../test/harness/sendblue-account.ts";
import { FIXTURES, readFixture } from "../../../../test/harness/sendblue-fixtures.ts";
import type { Published } from "../../../../test/harness/sendblue-fixtures.ts";
import { BASIC, basic, LEAK, withCredentials } from "../../../../test/harness/url-credentials.ts";
import { DOCUMENTED_TYPES } from "./webhook-types.ts";

const LINE = "+15550000002";
const CONTACT = "+15550000001";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

let api: NativeApi;
let account: SendblueAccount;
let receiver: Receiver;
before(async () => {
  api = await startNativeApi({ HOOKLINE_APIS: "svix,sendblue" });
});
beforeEach(async () => {
  account = await openSendblueAccount(api);
  receiver = await startReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());
after(() => api[Symbol.asyncDispose]());

async function publish(...events: readonly Published[]): Promise<void> {
  for (const event of events) await api.svix.message.create(account.app, event);
}

function inbound(id: string, more: object = {}): Published {
  const message = { id, channel: "sms", from: CONTACT, to: LINE, text: "Hello", ...more };
  return { eventType: "message.received", payload: { message } };
}

function outbound(id: string): Published {
  const message = { id, channel: "sms", from: LINE, to: CONTACT, text: "Hello" };
  return { eventType: "message.sent", payload: { message } };
}

/** The next `count` webhooks on the path, once they have arrived. */
async function arrived(path: string, count = 1): Promise<readonly Receipt[]> {
  const found = () => receiver.receipts.filter((receipt) => receipt.path === path);
  await receiver.until(() => found().length >= count);
  return found();
}

const toSecrets = (receipts: readonly Receipt[]) =>
  receipts.map(({ headers }) => headers["sb-signing-secret"]);

describe("every type arrives as recorded:", () => {
  for (const { file, type, events } of FIXTURES) {
    test(`${file} as ${type}`, async () => {
      const fixture = readFixture(file);
      await publish(...events.slice(0, -1));
      await account.client.webhooks.create({ webhooks: [receiver.url], type: type as "receive" });
      await publish(...events.slice(-1));
      const [receipt] = await arrived("/");
      assert.equal(receipt?.method, "POST");
      assert.equal(receipt.headers["content-type"], "application/json");
      assert.equal(receipt.headers["hookline-event-type"], type);
      const body = JSON.parse(receipt.body) as Record<string, unknown>;
      assert.deepEqual(Object.keys(body), Object.keys(fixture));
      assert.deepEqual({ ...body, ...drawn(body, fixture) }, fixture);
    });
  }

  test("all seven types of document 003", () => {
    assert.deepEqual([...new Set(FIXTURES.map(({ type }) => type))].sort(), [...DOCUMENTED_TYPES]);
  });
});

describe("the secret", () => {
  test("is the entry's or else the global one, on receive and outbound", async () => {
    const lists = (type: string) => [
      `${receiver.url}/${type}/global`,
      { url: `${receiver.url}/${type}/own`, secret: `${type}-secret` },
    ];
    await account.client.webhooks.update({
      webhooks: {
        receive: lists("receive"),
        outbound: lists("outbound"),
        globalSecret: "global-secret",
      },
    });
    await publish(inbound("in-1"), outbound("out-1"));
    for (const type of ["receive", "outbound"]) {
      assert.deepEqual(toSecrets(await arrived(`/${type}/global`)), ["global-secret"]);
      assert.deepEqual(toSecrets(await arrived(`/${type}/own`)), [`${type}-secret`]);
    }
    assert.equal(receiver.receipts.length, 4);
  });

  test("has no header when neither the entry nor the account has one", async () => {
    await account.client.webhooks.create({ webhooks: [receiver.url] });
    await publish(inbound("in-1"));
    const [receipt] = await arrived("/");
    const names = Object.keys(receipt?.headers ?? {});
    assert.deepEqual(
      names.filter((name) => name.startsWith("sb-") || name === "webhook-signature"),
      [],
    );
  });

  test("follows every change of the global one at once, except for an entry with its own", async () => {
    const { webhooks } = account.client;
    const own = { url: `${receiver.url}/own`, secret: "own" };
    await webhooks.create({ webhooks: [`${receiver.url}/global`, own] });
    const steps = [
      () => webhooks.create({ webhooks: [], globalSecret: "first" }),
      () => webhooks.create({ webhooks: [], type: "outbound", globalSecret: "second" }),
      () => webhooks.update({ webhooks: { receive: [own, `${receiver.url}/global`] } }),
      () => webhooks.create({ webhooks: [], globalSecret: "" }),
      () => webhooks.create({ webhooks: [{ url: `${receiver.url}/global`, secret: "taken" }] }),
      () => webhooks.create({ webhooks: [own.url, `${receiver.url}/global`], globalSecret: "g" }),
    ];
    for (const [index, step] of steps.entries()) {
      await step();
      await publish(inbound(`in-${index}`));
      await arrived("/global", index + 1);
      await arrived("/own", index + 1);
    }
    assert.deepEqual(toSecrets(await arrived("/global")), [
      "first",
      "second",
      "second",
      undefined,
      "taken",
      "g",
    ]);
    assert.deepEqual(toSecrets(await arrived("/own")), ["own", "own", "own", "own", "own", "g"]);
  });
});

test("a webhook limited to lines gets only the messages that these lines receive", async () => {
  const limited = { url: `${receiver.url}/limited`, sendblue_numbers: [LINE] };
  await account.client.webhooks.create({ webhooks: [limited, `${receiver.url}/all`] });
  await publish(inbound("in-1", { to: "+15550000009" }), inbound("in-2"));
  await arrived("/all", 2);
  const [receipt] = await arrived("/limited");
  assert.equal((JSON.parse(receipt?.body ?? "") as { to_number: string }).to_number, LINE);
  assert.equal(receiver.receipts.length, 3);
});

test("a message with two pictures makes two webhooks with one handle", async () => {
  await account.client.webhooks.create({ webhooks: [receiver.url] });
  const media = ["a", "b"].map((name) => ({
    url: `https://media.example.com/${name}.jpg`,
    contentType: "image/jpeg",
  }));
  await publish(inbound("in-1", { channel: "mms", media }));
  const receipts = await arrived("/", 2);
  const bodies = receipts.map(({ body }) => JSON.parse(body) as Record<string, string>);
  assert.deepEqual(
    new Set(bodies.map((body) => body["media_url"])),
    new Set(media.map(({ url }) => url)),
  );
  assert.equal(new Set(bodies.map((body) => body["message_handle"])).size, 1);
  assert.equal(new Set(receipts.map(({ headers }) => headers["webhook-id"])).size, 2);
  for (const body of bodies) assert.equal(body["content"], "Hello");
});

test("a message from a new contact makes contact_created and receive", async () => {
  const { webhooks } = account.client;
  await webhooks.create({ webhooks: [`${receiver.url}/new`], type: "contact_created" });
  await webhooks.create({ webhooks: [`${receiver.url}/text`] });
  await publish(inbound("in-1"), inbound("in-2"));
  await arrived("/text", 2);
  const [receipt] = await arrived("/new");
  assert.equal((JSON.parse(receipt?.body ?? "") as { phone: string }).phone, CONTACT);
  assert.equal(receiver.receipts.length, 3);
});

test("a report with only a message id is delivered with the whole message, once per Sendblue status", async () => {
  await publish(outbound("out-1"));
  await account.client.webhooks.create({ webhooks: [receiver.url], type: "outbound" });
  const statuses = ["queued", "sent", "delivered_to_carrier", "delivered_to_handset"];
  for (const status of statuses) {
    await publish({ eventType: "message.progress", payload: { message: { id: "out-1", status } } });
  }
  const bodies = (await arrived("/", 3)).map(
    ({ body }) => JSON.parse(body) as Record<string, string>,
  );
  const arrivedStatuses = new Set(bodies.map((body) => body["status"]));
  assert.deepEqual(arrivedStatuses, new Set(["DELIVERED", "QUEUED", "SENT"]));
  for (const body of bodies) assert.equal(body["content"], "Hello");
});

/** Values that a test cannot predict: random ids, and the times of events that have none. */
function drawn(body: Record<string, unknown>, fixture: Record<string, unknown>): object {
  if ("message_handle" in body) assert.match(String(body["message_handle"]), UUID);
  if ("contact_id" in body) assert.match(String(body["contact_id"]), /^\d{1,16}$/);
  const names = ["message_handle", "contact_id", "created_at", "date_created"].filter(
    (name) => name in body,
  );
  for (const name of names) assert.equal(typeof body[name], typeof fixture[name]);
  return Object.fromEntries(names.map((name) => [name, fixture[name]]));
}

test("the password of a URL is sent as Basic credentials, does not distinguish webhooks, and is never shown", async () => {
  const { webhooks } = account.client;
  const { given, shown } = withCredentials(`${receiver.url}/a`);
  const listed = async () => {
    const answer = await account.call("GET");
    assert.doesNotMatch(answer.text, LEAK);
    return (answer.body.webhooks as { receive: readonly unknown[] }).receive;
  };
  let sent = 0;
  const authorization = async (path: string) => {
    const before = receiver.receipts.length;
    await publish(inbound(`in-${++sent}`));
    await receiver.until(() => receiver.receipts.length > before);
    assert.equal(receiver.receipts.at(-1)?.path, path);
    return receiver.receipts.at(-1)?.headers["authorization"];
  };
  await webhooks.create({ webhooks: [given] });
  assert.deepEqual(await listed(), [shown]);
  assert.equal(await authorization("/a"), BASIC);
  await webhooks.update({ webhooks: { receive: [{ url: shown, secret: "s" }] } });
  assert.equal(await authorization("/a"), BASIC);
  // The same webhook with another password.
  await webhooks.create({ webhooks: [shown.replace("@", ":second@")] });
  assert.deepEqual(await listed(), [shown]);
  assert.equal(await authorization("/a"), basic("us@er", "second"));
  for (const url of [given, shown]) {
    await webhooks.create({ webhooks: [given] });
    await webhooks.delete({ webhooks: [url] });
    assert.deepEqual(await listed(), []);
  }
  // A set with another path keeps the stored password, but one with another origin does not.
  await webhooks.create({ webhooks: [given] });
  await using other = await startReceiver();
  const elsewhere = withCredentials(`${other.url}/c`).shown;
  await webhooks.update({ webhooks: { receive: [shown.replace("/a", "/b"), elsewhere] } });
  assert.equal(await authorization("/b"), BASIC);
  await other.until(() => other.receipts.length === 1);
  assert.equal(other.receipts[0]?.headers["authorization"], basic("us@er", ""));
});
