/** Payloads under built-in names: read, refused, or passed on unread where the operator has marked the type. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

const OWN = { lead: { name: "Ada", score: 7 } };

describe("event types that are marked as custom", () => {
  let api: NativeApi;
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
    api = await startNativeApi();
    await api.svix.application.create({ name: "CRM", uid: "crm" });
    await api.svix.endpoint.create("crm", { url: receiver.url });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });
  const put = (name: string, body: object) =>
    api.call("PUT", `/event-type/${name}`, { body: { description: "x", ...body } });
  const publish = (eventType: string, payload: object) =>
    api.call("POST", "/app/crm/msg", { body: { eventType, payload } });

  test("a payload that does not fit is refused, and passed on byte for byte once the type is marked", async () => {
    assert.equal((await publish("contact.created", OWN)).status, 422);
    assert.equal((await put("contact.created", { custom: true })).status, 200);
    const made = await publish("contact.created", OWN);
    assert.equal(made.status, 202, made.text);
    await receiver.until(() => receiver.receipts.length === 1);
    const [receipt] = receiver.receipts;
    assert.equal(receipt?.body, JSON.stringify(OWN));
    assert.equal(receipt?.headers["hookline-event-type"], "contact.created");
    const batch = [1, 2].map(() => ({ eventType: "contact.created", payload: OWN }));
    const both = await api.call("POST", "/app/crm/msg/batch", { body: batch });
    assert.equal(both.status, 202, both.text);
    await api.call("PATCH", "/event-type/contact.created", { body: { custom: false } });
    const again = await publish("contact.created", OWN);
    assert.equal(again.status, 422);
  });

  test("a payload that fits a marked type is read: its contact is known, and none is derived", async () => {
    await put("contact.created", { custom: true });
    await api.svix.application.create({ name: "Known", uid: "known" });
    const send = async (eventType: string, payload: object) => {
      await api.svix.message.create("known", { eventType, payload });
    };
    const text = (id: string, from: string) => ({
      message: { id, channel: "sms", from, to: "+12065550142", text: "Hi" },
    });
    const countContacts = async () =>
      (await api.svix.message.list("known", { eventTypes: ["contact.created"] })).data.length;
    await send("contact.created", { contact: { number: "+12065550188" } });
    await send("message.received", text("m-1", "+12065550188"));
    assert.equal(await countContacts(), 1);
    await send("contact.created", { contact: { phone: "+12065550177" } });
    await send("message.received", text("m-2", "+12065550177"));
    assert.equal(await countContacts(), 3);
  });

  test("the mark is shown only if it is set", async () => {
    const made = await api.call("POST", "/event-type", {
      body: { name: "lead.scored", description: "x", custom: true },
    });
    assert.equal(made.status, 201, made.text);
    assert.equal((made.body as { custom?: boolean }).custom, true);
    const other = await put("lead.lost", { custom: false });
    assert.ok(!Object.hasOwn(other.body as object, "custom"));
    const { text } = await api.call("GET", "/event-type/message.read");
    assert.ok(!text.includes("custom"));
  });

  test("a type that messages or opt-outs depend on cannot be marked, by any call", async () => {
    for (const name of ["message.received", "optout.changed", "message.anything"]) {
      const body = { description: "x", custom: true };
      for (const answer of [
        await api.call("POST", "/event-type", { body: { name, ...body } }),
        await put(name, body),
        await api.call("PATCH", `/event-type/${name}`, { body: { custom: true } }),
      ]) {
        assert.equal(answer.status, 422, answer.text);
        assert.match(answer.text, /"loc":\["body","custom"\],"msg":"cannot be true for /);
      }
    }
    const refused = await publish("message.received", OWN);
    assert.equal(refused.status, 422);
  });

  test("a registered schema is documentation: no payload is checked against it", async () => {
    const schema = { type: "object", not: {}, properties: { a: { pattern: "^(a+)+$" } } };
    const made = await put("invoice.paid", { schemas: { "1": schema } });
    assert.equal(made.status, 201, made.text);
    const given = await publish("invoice.paid", { a: `${"a".repeat(40)}!` });
    assert.equal(given.status, 202, given.text);
    assert.equal((await put("line.assigned", { schemas: { "1": { not: {} } } })).status, 200);
  });
});
