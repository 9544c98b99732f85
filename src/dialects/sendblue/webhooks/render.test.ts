import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../../../test/harness/property.ts";
import { toExample, toEvent, openRegister } from "../../../../test/contract/decide.ts";
import type { Message, Snapshot } from "../../../core/snapshot.ts";
import {
  FIXTURES,
  readFixture,
  type Published,
} from "../../../../test/harness/sendblue-fixtures.ts";
import { createSendblue } from "../dialect.ts";

const LINE = "+15550000002";
const CONTACT = "+15550000001";
const dialect = createSendblue();
const endpoint = {
  endpointId: "ep_1",
  dialect: "sendblue",
  method: "POST",
  eventTypes: null,
  dialectOptions: null,
} as const;

type Body = Readonly<Record<string, unknown>>;

/** The snapshot of the last event. */
function toSnapshot(events: readonly Published[]): Snapshot {
  const register = openRegister();
  const accepted = events.map(({ eventType, payload }) =>
    register.accept(toEvent(eventType, payload)),
  );
  const { snapshot } = accepted.at(-1) as (typeof accepted)[number];
  return { ...snapshot, account: { name: "Blue Door", email: "agent@example.test" } };
}

function toBody(snapshot: Snapshot, webhookIndex = 0): Body {
  return JSON.parse(dialect.render(snapshot, endpoint, webhookIndex).body ?? "") as Body;
}

function received(more: object = {}): Snapshot {
  const message = { id: "m", channel: "sms", from: CONTACT, to: LINE, text: "Hi", ...more };
  return toSnapshot([{ eventType: "message.received", payload: { message } }]);
}

function progressed(report: object, more: object = {}): Body {
  const message = { id: "m", channel: "sms", from: LINE, to: CONTACT, text: "Hi", ...more };
  const payload = { message: { id: "m", ...report }, occurredAt: "2026-05-06T05:00:00.5Z" };
  return toBody(
    toSnapshot([
      { eventType: "message.sent", payload: { message } },
      { eventType: "message.progress", payload },
    ]),
  );
}

describe("a body equals the recorded one to the byte:", () => {
  for (const { file, type, events } of FIXTURES) {
    test(file, () => {
      const fixture = readFixture(file);
      const snapshot = withIds(toSnapshot(events), fixture);
      const rendered = dialect.render(snapshot, endpoint, 0);
      assert.equal(rendered.body, JSON.stringify(fixture));
      assert.equal(rendered.contentType, "application/json");
      assert.deepEqual(rendered.headers, { "hookline-event-type": type });
      assert.equal(rendered.dedupeId, snapshot.eventId);
      assert.equal(rendered.query, null);
    });
  }
});

describe("a body has every key of the vendor's smaller example, with the same type:", () => {
  const outbound = FIXTURES.find(({ file }) => file === "outbound.delivered");
  for (const [file, body] of [
    ["receive.docs_2025", toBody(received())],
    ["outbound.delivered.docs_2025", toBody(toSnapshot(outbound?.events ?? []))],
  ] as const) {
    test(file, () => {
      // Null in all recordings since.
      const { was_downgraded: downgraded, ...fixture } = readFixture(file);
      assert.equal(typeof downgraded, "boolean");
      for (const [name, value] of Object.entries(fixture)) {
        assert.equal(toKind(body[name]), toKind(value), name);
      }
    });
  }
});

test("every canonical status has a Sendblue status", () => {
  const statuses = {
    in_process: "PENDING",
    queued: "QUEUED",
    sent: "SENT",
    delivered_to_carrier: "SENT",
    delivered_to_handset: "DELIVERED",
    carrier_failed: "ERROR",
    handset_failed: "ERROR",
    blocked: "DECLINED",
  };
  for (const [status, theirs] of Object.entries(statuses)) {
    assert.equal(progressed({ status })["status"], theirs);
  }
});

test("an outbound message without a report is registered", () => {
  const { snapshot } = openRegister().accept(toExample("message.sent"));
  const body = toBody(snapshot);
  assert.equal(body["status"], "REGISTERED");
  assert.equal(body["is_outbound"], true);
});

test("number is the contact and sendblue_number the line, in both directions", () => {
  const inbound = toBody(received());
  assert.deepEqual(
    [inbound["number"], inbound["from_number"], inbound["to_number"], inbound["sendblue_number"]],
    [CONTACT, CONTACT, LINE, LINE],
  );
  const outbound = progressed({ status: "queued" });
  assert.deepEqual(
    [
      outbound["number"],
      outbound["from_number"],
      outbound["to_number"],
      outbound["sendblue_number"],
    ],
    [CONTACT, LINE, CONTACT, LINE],
  );
});

test("each channel has a service that the SDK knows", () => {
  const services = Object.entries({
    sms: "SMS",
    mms: "SMS",
    whatsapp: "SMS",
    imessage: "iMessage",
    rcs: "RCS",
  });
  for (const [channel, service] of services) {
    assert.equal(toBody(received({ channel }))["service"], service);
  }
});

test("a numeric error code is a number", () => {
  const toCode = (code: unknown) =>
    progressed({ status: "carrier_failed", error: { code, message: "no" } })["error_code"];
  assert.equal(toCode(30_007), 30_007);
  assert.equal(toCode("5509"), 5509);
  assert.equal(toCode("SMS_LIMIT_REACHED"), "SMS_LIMIT_REACHED");
  assert.equal(toCode("007"), "007");
  assert.equal(toCode("12345678901234567890"), "12345678901234567890");
  assert.equal(progressed({ status: "carrier_failed" })["error_code"], null);
});

test("date_updated is the time of the status, and date_sent the time of sending", () => {
  const body = progressed({ status: "queued" }, { sentAt: "2026-05-06T04:00:00+01:00" });
  assert.equal(body["date_sent"], "2026-05-06T03:00:00.000Z");
  assert.equal(body["date_updated"], "2026-05-06T05:00:00.500Z");
});

test("a contact is shown as opted out from the text that opts out", () => {
  assert.equal(toBody(received({ text: "STOP" }))["opted_out"], true);
  assert.equal(toBody(received())["opted_out"], false);
});

test("an account without an e-mail address has an empty one", () => {
  const account = { name: "Blue Door", email: null };
  assert.equal(toBody({ ...received(), account })["accountEmail"], "");
});

test("each picture has a webhook with a separate id, and all else is equal", () => {
  const media = ["a", "b"].map((name) => ({
    url: `https://media.example.com/${name}.jpg`,
    contentType: "image/jpeg",
  }));
  const snapshot = received({ media });
  const [first, second] = [toBody(snapshot, 0), toBody(snapshot, 1)];
  assert.equal(first["media_url"], media[0]?.url);
  assert.equal(second["media_url"], media[1]?.url);
  assert.deepEqual({ ...first, media_url: "" }, { ...second, media_url: "" });
  const ids = [0, 1].map(
    (webhookIndex) => dialect.render(snapshot, endpoint, webhookIndex).dedupeId,
  );
  assert.deepEqual(ids, [snapshot.eventId, `${snapshot.eventId}-1`]);
});

test("a call goes from the caller's number to the called number", () => {
  const call = { line: LINE, contact: CONTACT, direction: "outbound", status: "missed" };
  const body = toBody(toSnapshot([{ eventType: "call.logged", payload: call }]));
  assert.equal(body["from_number"], LINE);
  assert.equal(body["to_number"], CONTACT);
  assert.equal(body["duration"], null);
});

test("fields of a line event that Sendblue has not published are passed on", () => {
  const of = (type: "line.assigned" | "line.blocked") =>
    toBody(openRegister().accept(toExample(type)).snapshot);
  assert.equal(of("line.assigned")["assigned_to"], "ada@example.com");
  assert.equal(of("line.blocked")["reason"], "carrier_violation");
});

test("the body of any message has the same keys in the same order", () => {
  const keys = Object.keys(readFixture("receive.text"));
  const text = fc.string({ unit: "binary" });
  const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
  const arbitrary = fc.record({
    text,
    direction: fc.constantFrom("inbound" as const, "outbound" as const),
    channel: fc.constantFrom("sms" as const, "rcs" as const, "whatsapp" as const),
    from: fc.constantFrom(CONTACT, "12345", "ada@example.com", "BANK"),
    groupId: fc.option(text, { nil: null }),
    participants: fc.array(fc.constantFrom(CONTACT, LINE)),
    error: fc.option(fc.record({ message: text, code: fc.oneof(fc.maxSafeInteger(), text) }), {
      nil: null,
    }),
    createdAt: instant,
    snowflake: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  });
  const snapshot = received();
  fc.assert(
    fc.property(arbitrary, (more) => {
      const message = { ...(snapshot.message as Message), ...more };
      const rendered = dialect.render({ ...snapshot, message }, endpoint, 0);
      const body = JSON.parse(rendered.body ?? "") as Body;
      assert.deepEqual(Object.keys(body), keys);
      assert.equal(body["content"], message.text);
      assert.equal(body["date_sent"], new Date(message.createdAt).toISOString());
      assert.ok(rendered.body?.isWellFormed());
    }),
  );
});

/** Ids are random, so those of the fixture replace them. */
function withIds(snapshot: Snapshot, fixture: Readonly<Record<string, unknown>>): Snapshot {
  const { message, contact } = snapshot;
  const { message_handle: handle, contact_id: contactId } = fixture;
  return {
    ...snapshot,
    message: message === null ? null : { ...message, handle: String(handle) },
    contact: contact === null ? null : { ...contact, contactId: Number(contactId) },
  };
}

function toKind(value: unknown): string {
  return value === null ? "null" : typeof value;
}

test("half an emoji in a text is U+FFFD in the body, which strict parsers read", () => {
  const body = dialect.render(received({ text: "See you \ud83d" }), endpoint, 0).body ?? "";
  assert.doesNotMatch(body, /\\ud83d/);
  assert.match(body, /"See you \uFFFD"/);
});

test("a person of WhatsApp is shown by the user id until the number is known", () => {
  const userId = "US.13491208655302741918";
  const text = (id: string, from: object) => ({
    eventType: "message.received",
    payload: { message: { id, channel: "whatsapp", to: LINE, text: "Hi", ...from } },
  });
  const alone = text("1", { from: userId });
  const { from_number, number, service } = toBody(toSnapshot([alone]));
  assert.deepEqual([from_number, number, service], [userId, userId, "SMS"]);
  const both = text("2", { from: CONTACT, fromUserId: userId });
  const typing = { line: LINE, contact: userId, isTyping: true };
  const call = { line: LINE, contact: userId, direction: "inbound", status: "ended" };
  const created = { contact: { number: userId } };
  assert.equal(
    toBody(toSnapshot([{ eventType: "contact.created", payload: created }]))["phone"],
    userId,
  );
  const typed = toSnapshot([alone, both, { eventType: "typing.changed", payload: typing }]);
  assert.equal(toBody(typed)["number"], CONTACT);
  const called = toSnapshot([alone, both, { eventType: "call.logged", payload: call }]);
  assert.equal(toBody(called)["from_number"], CONTACT);
  assert.equal(toBody(toSnapshot([alone, both, text("3", { from: userId })]))["number"], CONTACT);
});

test("a sent message whose only report was that its recipient read it is shown as delivered", () => {
  const message = { id: "m", channel: "whatsapp", from: LINE, to: CONTACT };
  const read = { message: { ...message, status: "read_by_recipient" } };
  const snapshot = toSnapshot([
    { eventType: "message.progress", payload: read },
    { eventType: "message.sent", payload: { message: { ...message, text: "Hi" } } },
  ]);
  assert.equal(toBody(snapshot)["status"], "DELIVERED");
});
