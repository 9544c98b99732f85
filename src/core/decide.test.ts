import assert from "node:assert/strict";
import { test } from "node:test";
import { CANONICAL_TYPES } from "./events/canonical-events.ts";
import {
  AT,
  CONTACT,
  toEndpoint,
  toEvent,
  toExample,
  LINE,
  openRegister,
  progress,
  received,
  sent,
} from "../../test/contract/decide.ts";
import { findMessageId } from "./decide.ts";

const FROM_LINE = { channel: "sms", from: LINE, to: CONTACT };
const ID_PATH = ["payload", "message", "id"];
const NO_CHANGE = { message: null, contact: null, line: null, conversation: null };

test("a received text creates its message, contact, line and conversation", () => {
  const app = openRegister();
  const event = received("in-1", "Hello");
  const { snapshot, change, deliveries, tags } = app.accept(event);
  assert.deepEqual(snapshot.message, {
    id: "in-1",
    snowflake: snapshot.message?.snowflake,
    handle: snapshot.message?.handle,
    ksuid: snapshot.message?.ksuid,
    direction: "inbound",
    channel: "sms",
    from: CONTACT,
    to: LINE,
    text: "Hello",
    media: [],
    groupId: null,
    participants: [],
    status: null,
    error: null,
    createdAt: AT,
    deliveredAt: null,
    readAt: null,
    deletedAt: null,
    textAttachment: null,
  });
  assert.equal(snapshot.contact?.number, CONTACT);
  assert.deepEqual(
    { ...snapshot.line, deviceId: 0 },
    { lineId: null, number: LINE, deviceId: 0, payloadGeneration: "2020" },
  );
  assert.equal(snapshot.conversation?.optedOut, false);
  assert.equal(snapshot.payloadText, event.payloadText);
  const { message, contact, line, conversation } = snapshot;
  assert.deepEqual(change, { message, contact, line, conversation });
  assert.deepEqual(deliveries, [{ endpointId: "ep_all", webhookIndex: 0 }]);
  assert.deepEqual(tags, []);
});

test("a later event has the same participants, with the same ids", () => {
  const app = openRegister();
  const first = app.accept(received("in-1"));
  const second = app.accept(sent("out-1"));
  assert.equal(second.snapshot.contact, first.snapshot.contact);
  assert.equal(second.snapshot.line, first.snapshot.line);
  assert.equal(second.snapshot.conversation, first.snapshot.conversation);
  assert.deepEqual({ ...second.change, message: null }, NO_CHANGE);
});

test("an unknown number derives contact.created once, with an id derived from its parent's", () => {
  const app = openRegister();
  const event = received("in-1", "Hello", { channels: ["north"], orderingKey: "k", tags: ["t"] });
  const [child, ...others] = app.accept(event).derived;
  assert.deepEqual(others, []);
  assert.equal(child?.type, "contact.created");
  assert.equal(child?.payloadText, `{"contact":{"number":"${CONTACT}"},"channel":"sms"}`);
  assert.equal(child?.derivedFrom, event.id);
  assert.equal(child?.id, openRegister().accept(event).derived[0]?.id);
  assert.deepEqual([child?.channels, child?.orderingKey, child?.tags], [["north"], "k", ["t"]]);
  assert.deepEqual(app.deliveredTypes(), ["message.received", "contact.created"]);
  assert.deepEqual(app.accept(received("in-2")).derived, []);
});

test("derive: false derives no event, and still fills the registers", () => {
  const app = openRegister();
  const { derived, snapshot } = app.accept(received("in-1", "STOP", { derive: false }));
  assert.deepEqual(derived, []);
  assert.equal(snapshot.conversation?.optedOut, false);
  assert.ok(app.contacts.has(CONTACT));
});

test("a message id that is already known is refused, so a repeated publish delivers nothing", () => {
  const app = openRegister();
  app.accept(received("in-1"));
  const refusal = app.refuse(received("in-1"));
  assert.equal(refusal.code, "conflict");
  assert.deepEqual(refusal.path, ID_PATH);
  assert.match(refusal.message, /"in-1" already belongs to a message .* 2026-05-06T04:00:00\.000Z/);
  assert.equal(app.refuse(sent("in-1")).code, "conflict");
  assert.equal(app.deliveredTypes().filter((type) => type === "message.received").length, 1);
});

test("an unknown message id without a message is refused", () => {
  const app = openRegister();
  const bare = { message: { id: "out-9" } };
  for (const event of [
    progress("out-9", "queued"),
    toEvent("message.read", bare),
    toEvent("message.deleted", bare),
  ]) {
    const refusal = app.refuse(event);
    assert.equal(refusal.code, "unknown_message");
    assert.deepEqual(refusal.path, ID_PATH);
    assert.match(refusal.message, /"out-9" is not the id of a message of this application/);
  }
});

test("a progress report with a complete message creates the message", () => {
  const app = openRegister();
  const sentAt = "2026-05-06T03:00:00Z";
  const { snapshot, deliveries } = app.accept(
    progress("out-1", "queued", { ...FROM_LINE, sentAt }),
  );
  assert.equal(snapshot.message?.direction, "outbound");
  assert.equal(snapshot.message?.status, "queued");
  assert.equal(snapshot.message?.text, "");
  assert.equal(snapshot.message?.createdAt, Date.parse(sentAt));
  assert.equal(deliveries.length, 1);
  assert.equal(
    app.accept(progress("out-1", "delivered_to_handset")).snapshot.message?.deliveredAt,
    AT,
  );
});

test("a progress report with the id alone has the whole message, its participants and its error", () => {
  const app = openRegister();
  const first = app.accept(sent("out-1")).snapshot;
  const error = { code: "30007", message: "spam" };
  const { snapshot } = app.accept(progress("out-1", "carrier_failed", { error }));
  assert.deepEqual(snapshot.message, { ...first.message, status: "carrier_failed", error });
  assert.equal(snapshot.contact?.number, CONTACT);
  assert.equal(snapshot.line?.number, LINE);
  const arrived = app.accept(progress("out-1", "delivered_to_handset")).snapshot.message;
  assert.equal(arrived?.error, null);
});

test("a report that changes nothing is stored as stale and not delivered", () => {
  const app = openRegister();
  app.accept(sent("out-1"));
  app.accept(progress("out-1", "delivered_to_carrier"));
  for (const status of ["queued", "delivered_to_carrier"]) {
    const { tags, deliveries, change, snapshot } = app.accept(progress("out-1", status));
    assert.deepEqual(tags, ["hookline:stale"]);
    assert.deepEqual(deliveries, []);
    assert.deepEqual(change, NO_CHANGE);
    assert.equal(snapshot.message?.status, "delivered_to_carrier");
  }
  app.accept(progress("out-1", "delivered_to_handset"));
  assert.deepEqual(app.accept(progress("out-1", "handset_failed")).tags, ["hookline:stale"]);
});

test("read and delete set their time, and repeating them is stale", () => {
  const app = openRegister();
  app.accept(received("in-1"));
  const at = "2026-05-06T05:00:00Z";
  const read = toEvent("message.read", { message: { id: "in-1" }, readAt: at });
  assert.equal(app.accept(read).snapshot.message?.readAt, Date.parse(at));
  assert.deepEqual(app.accept(read).tags, ["hookline:stale"]);
  const gone = toEvent("message.deleted", { message: { id: "in-1" }, deletedAt: at });
  assert.equal(app.accept(gone).snapshot.message?.deletedAt, Date.parse(at));
  assert.deepEqual(app.accept(gone).tags, ["hookline:stale"]);
  assert.equal(app.messages.get("in-1")?.readAt, Date.parse(at));
});

test("an event that names its message by the server's id finds that message and never creates one", () => {
  const app = openRegister();
  const first = app.accept(received("in-1", "first")).snapshot.message;
  const messageSnowflake = first?.snowflake ?? 0n;
  const at = "2026-05-06T05:00:00Z";
  const payload = { message: { id: "in-9" }, readAt: at };
  const read = app.accept(toEvent("message.read", payload, { messageSnowflake }));
  assert.deepEqual(read.snapshot.message, { ...first, readAt: Date.parse(at) });
  assert.equal(read.snapshot.contact?.number, CONTACT);
  const whole = { channel: "sms", from: CONTACT, to: LINE, ...payload.message };
  const unknown = { messageSnowflake: messageSnowflake + 1n };
  const refused = app.refuse(toEvent("message.read", { ...payload, message: whole }, unknown));
  assert.equal(refused.code, "unknown_message");
  assert.deepEqual([...app.messages.keys()], ["in-1"]);
});

test("contact events change their contact and derive nothing", () => {
  const app = openRegister();
  const number = CONTACT;
  const made = app.accept(toEvent("contact.created", { contact: { number, firstName: "Ada" } }));
  assert.deepEqual(made.derived, []);
  const tagged = app.accept(toEvent("contact.updated", { contact: { number, tags: ["vip"] } }));
  assert.equal(tagged.snapshot.contact?.firstName, "Ada");
  assert.deepEqual(tagged.snapshot.contact?.tags, ["vip"]);
  assert.equal(tagged.snapshot.contact?.contactId, made.snapshot.contact?.contactId);
  const gone = app.accept(toEvent("contact.deleted", { contact: { number } }));
  assert.equal(gone.snapshot.contact?.deletedAt, AT);
  assert.deepEqual(app.deliveredTypes(), ["contact.created", "contact.updated", "contact.deleted"]);
});

test("a contact published before its first text is not derived", () => {
  const app = openRegister();
  app.accept(toEvent("contact.created", { contact: { number: CONTACT } }));
  assert.deepEqual(app.accept(received("in-1")).derived, []);
});

test("a deleted contact that texts again is created again with its old id; a late report does not revive it", () => {
  const app = openRegister();
  const id = app.accept(sent("out-1")).snapshot.contact?.contactId;
  app.accept(toEvent("contact.deleted", { contact: { number: CONTACT } }));
  const late = app.accept(progress("out-1", "queued"));
  assert.equal(late.snapshot.contact?.deletedAt, AT);
  assert.deepEqual(late.derived, []);
  const again = app.accept(received("in-1"));
  assert.equal(again.snapshot.contact?.deletedAt, null);
  assert.equal(again.snapshot.contact?.contactId, id);
  assert.deepEqual(
    again.derived.map(({ type }) => type),
    ["contact.created"],
  );
});

test("a text over the limit of UTF-8 bytes gets an attachment key", () => {
  const toKey = (text: string) =>
    openRegister().accept(received("in-1", text)).snapshot.message?.textAttachment?.key ?? null;
  assert.equal(toKey("x".repeat(700)), null);
  assert.notEqual(toKey("x".repeat(701)), null);
  assert.equal(toKey("é".repeat(350)), null);
  assert.notEqual(toKey("é".repeat(351)), null);
  assert.equal(toKey("€".repeat(233)), null);
  assert.notEqual(toKey("€".repeat(234)), null);
});

test("historical events fill the registers and reach only endpoints that asked for history", () => {
  const app = openRegister([
    toEndpoint(),
    toEndpoint({ endpointId: "ep_old", wantsHistory: true }),
  ]);
  const { derived } = app.accept(received("in-1", "STOP", { historical: true }));
  assert.ok(derived.length === 2 && derived.every(({ historical }) => historical));
  assert.ok(app.messages.has("in-1"));
  assert.deepEqual(new Set(app.delivered.map(({ endpointId }) => endpointId)), new Set(["ep_old"]));
  assert.equal(app.delivered.length, 3);
});

test("an event for one endpoint is an example: it changes no register and derives nothing", () => {
  for (const type of CANONICAL_TYPES) {
    const app = openRegister([toEndpoint({ eventTypes: [] }), toEndpoint({ endpointId: "ep_2" })]);
    for (let i = 0; i < 2; i++) {
      const { change, derived, deliveries, tags } = app.accept(
        toExample(type, { onlyEndpointId: "ep_all" }),
      );
      assert.deepEqual(
        { change, derived, tags },
        { change: NO_CHANGE, derived: [], tags: [] },
        type,
      );
      assert.deepEqual(deliveries, [{ endpointId: "ep_all", webhookIndex: 0 }], type);
    }
  }
});

test("a custom event type changes no register", () => {
  const app = openRegister();
  const event = toEvent("invoice.paid", { contact: { number: CONTACT }, message: { id: "in-1" } });
  const decision = app.accept(event);
  const { message, contact, line, conversation } = decision.snapshot;
  assert.deepEqual({ message, contact, line, conversation }, NO_CHANGE);
  assert.deepEqual(decision.change, NO_CHANGE);
  assert.deepEqual(decision.deliveries, [{ endpointId: "ep_all", webhookIndex: 0 }]);
  assert.equal(findMessageId(event), null);
});

test("the time is the payload's, else the event's, else the time of acceptance", () => {
  const occurred = (more: object, message: object = {}) => {
    const payload = {
      message: { id: "a", channel: "sms", from: CONTACT, to: LINE, text: "", ...message },
    };
    return openRegister().accept(toEvent("message.received", payload, more)).snapshot.occurredAt;
  };
  const receivedAt = "2026-05-05T00:00:00Z";
  assert.equal(occurred({}), AT);
  assert.equal(occurred({}, { receivedAt }), Date.parse(receivedAt));
  assert.equal(occurred({ occurredAt: 7 }, { receivedAt }), Date.parse(receivedAt));
  assert.equal(occurred({ occurredAt: 7 }), 7);
});
