import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../../../test/harness/property.ts";
import {
  toEvent,
  openRegister,
  received,
  sent,
  progress,
} from "../../../../test/contract/decide.ts";
import { parseJson } from "../../../core/json/json.ts";
import { CHANNELS, MESSAGE_STATUSES } from "../../../core/messages/message-status.ts";
import type { MessageStatus } from "../../../core/messages/message-status.ts";
import type { Message } from "../../../core/snapshot.ts";
import { GENERATIONS } from "./generation.ts";
import { MESSAGE_KEYS, messageFields, messageText } from "./message-body.ts";
import type { ShownMessage } from "./message-body.ts";
import { optOutFields } from "./optout-body.ts";
import { printQuery } from "./print-fields.ts";
import { STATUS_CODES } from "./status-codes.ts";

const BOTH = ["2020", "2015"] as const;

function shown(change: Partial<Message> = {}): ShownMessage {
  const { snapshot } = openRegister().accept(received("a"));
  assert.ok(snapshot.message !== null);
  return { ...snapshot, message: { ...snapshot.message, ...change } };
}

function toFields(change: Partial<Message>, generation: "2020" | "2015" = "2020") {
  return parseJson(messageText(shown(change), generation)) as Record<string, unknown>;
}

describe("addresses are printed", () => {
  for (const [kind, address, in2020, in2015] of [
    ["a number of the North American plan", "+12065550188", "+12065550188", "2065550188"],
    ["another number", "+442079460000", "+442079460000", "+442079460000"],
    ["a number that only begins like one", "+120655501", "+120655501", "+120655501"],
    ["a short code", "28581", "28581", "28581"],
    ["a sender id", "Bakery", "Bakery", "Bakery"],
    ["an e-mail address", "ada@example.com", "ada@example.com", "ada@example.com"],
    ["a user id", "US.13491208655", "US.13491208655", "US.13491208655"],
  ] as const) {
    test(`${kind}: ${in2020} and, on a line of 2015, ${in2015}`, () => {
      for (const [generation, expected] of [
        ["2020", in2020],
        ["2015", in2015],
      ] as const) {
        const inbound = toFields({ from: address, direction: "inbound" }, generation);
        assert.equal(inbound["finalSource"], expected);
        assert.equal(inbound["address"], `ptn:/${expected}`);
        const outbound = toFields({ to: address, direction: "outbound" }, generation);
        assert.equal(outbound["finalDestination"], expected);
        assert.equal(outbound["address"], `ptn:/${expected}`);
      }
    });
  }
});

test("every status has its documented code, an inbound text 4 and an outbound one 1", () => {
  const register = openRegister();
  assert.equal(toCode(register.accept(received("i")).snapshot.message), 4);
  const expected: Record<MessageStatus, number> = {
    in_process: 1,
    queued: 2,
    sent: 0,
    delivered_to_carrier: 4,
    carrier_failed: 5,
    handset_failed: 7,
    blocked: -1234,
    delivered_to_handset: 6,
    read_by_recipient: 6,
  };
  const documented = STATUS_CODES.map(({ code }) => code as number);
  for (const status of Object.keys(MESSAGE_STATUSES) as MessageStatus[]) {
    assert.equal(toCode(register.accept(sent(status)).snapshot.message), 1);
    const { message } = register.accept(progress(status, status)).snapshot;
    assert.equal(toCode(message), expected[status], status);
    assert.ok(documented.includes(expected[status]), status);
  }
});

function toCode(message: Message | null): unknown {
  assert.ok(message !== null);
  return toFields(message)["statusCode"];
}

test("media count as an attachment, and so does a text over the limit", () => {
  const picture = { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" };
  assert.equal(toFields({})["hasAttachment"], false);
  assert.equal(toFields({ media: [picture] })["hasAttachment"], true);
  const text = "é".repeat(5_000);
  const { snapshot } = openRegister().accept(received("long", text));
  assert.ok(snapshot.message !== null);
  const body = toFields(snapshot.message);
  assert.equal(body["hasAttachment"], true);
  assert.equal(body["body"], "é".repeat(350));
  assert.equal(body["bodySize"], 5_000);
});

test("a cut never splits a character of any length in UTF-8", () => {
  const text = "a\u00e9€😀b";
  const starts = ["", "a", "a", "aé", "aé", "aé", "aé€", "aé€", "aé€", "aé€", "aé€😀", text];
  for (const [excerptBytes, expected] of starts.entries()) {
    const body = toFields({ text, textAttachment: { key: "k", excerptBytes } })["body"];
    assert.equal(body, expected, `${excerptBytes} bytes`);
  }
});

test("bodySize counts characters, not bytes or UTF-16 units", () => {
  assert.equal(toFields({ text: "né😀" })["bodySize"], 3);
});

test("a message without a line has the usual types in place of null", () => {
  const { message } = shown({ from: "Bakery", direction: "outbound" });
  const bare = { message, line: null, contact: null, conversation: null };
  const body = parseJson(messageText(bare, "2020")) as Record<string, unknown>;
  assert.deepEqual([body["deviceId"], body["contactId"], body["fingerprint"]], [0, 0, "0"]);
});

test("a deleted text is invisible and has its time of deletion", () => {
  const register = openRegister();
  register.accept(received("a"));
  const deletedAt = "2026-07-01T12:00:00.999Z";
  const event = toEvent("message.deleted", { message: { id: "a" }, deletedAt });
  const { message } = register.accept(event).snapshot;
  assert.ok(message !== null);
  const { deleted, dateDeleted, visible } = toFields(message, "2015");
  assert.deepEqual([deleted, dateDeleted, visible], [true, "2026-07-01T05:00:00-07:00", false]);
});

test("2015 times have Seattle's offset, through both changes of the clock", () => {
  const seattle = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "America/Los_Angeles",
    dateStyle: "short",
    timeStyle: "medium",
  });
  const check = (at: number) => {
    const time = GENERATIONS["2015"].time(at);
    assert.equal(time.slice(0, 19).replace("T", " "), seattle.format(at));
    assert.equal(Date.parse(time), Math.floor(at / 1000) * 1000, time);
  };
  for (const change of ["2015-03-08T10:00:00Z", "2015-11-01T09:00:00Z", "2021-11-07T09:00:00Z"]) {
    for (const near of [-1, 0, 1]) check(Date.parse(change) + near);
  }
  fc.assert(fc.property(fc.integer({ min: Date.UTC(2008, 0), max: Date.UTC(2025, 0) }), check));
});

test("any message gives valid JSON and a valid query with all keys and exact digits", () => {
  const instant = fc.integer({ min: 0, max: Date.UTC(9999, 0) });
  const someMessage = fc.record({
    snowflake: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    text: fc.string({ unit: "binary", maxLength: 200 }).map(withHalfPairs),
    direction: fc.constantFrom("inbound", "outbound" as const),
    channel: fc.constantFrom(...CHANNELS),
    status: fc.option(fc.constantFrom(...(Object.keys(MESSAGE_STATUSES) as MessageStatus[]))),
    createdAt: instant,
    readAt: fc.option(instant),
    deletedAt: fc.option(instant),
    deliveredAt: fc.option(instant),
    textAttachment: fc.option(
      fc.record({ key: fc.constant("k"), excerptBytes: fc.integer({ min: 16, max: 300 }) }),
    ),
  });
  fc.assert(
    fc.property(someMessage, fc.constantFrom(...BOTH), (change, generation) => {
      const message = shown(change);
      const text = messageText(message, generation);
      const body = parseJson(text) as Record<string, unknown>;
      assert.deepEqual(Object.keys(body), [...MESSAGE_KEYS[generation]]);
      assert.equal(BigInt(body["id"] as number | bigint), change.snowflake);
      const visible = body["body"] as string;
      assert.ok(visible.isWellFormed());
      assert.ok(change.text.toWellFormed().startsWith(visible));
      const { textAttachment } = change;
      if (textAttachment === null) assert.equal(visible, change.text.toWellFormed());
      else assert.ok(Buffer.byteLength(visible) <= textAttachment.excerptBytes);
      const query = new URLSearchParams(printQuery(messageFields(message, generation)));
      assert.equal(query.get("id"), change.snowflake.toString());
      assert.equal(query.get("body"), visible);
      assert.equal(JSON.stringify(text).isWellFormed(), true);
    }),
  );
});

/** Sometimes half a surrogate pair, which JSON can carry and UTF-8 cannot. */
function withHalfPairs(text: string): string {
  return text.replaceAll("a", "\ud83d").replaceAll("b", "\ude00");
}

test("a person whose number is known later keeps contactId and fingerprint, and is then shown by number", () => {
  const register = openRegister();
  const [userId, number, line] = ["US.13491208655302741918", "+12065550188", "+12065550100"];
  const text = (id: string, from: object) => {
    const message = { id, channel: "whatsapp", to: line, text: "Hello", ...from };
    const { snapshot } = register.accept(toEvent("message.received", { message }));
    const fields = messageText({ ...snapshot, message: snapshot.message as Message }, "2020");
    const { address, contactId, fingerprint } = parseJson(fields) as Record<string, unknown>;
    return { address, contactId, fingerprint };
  };
  const first = text("1", { from: userId });
  assert.equal(first.address, `ptn:/${userId}`);
  const later = { ...first, address: `ptn:/${number}` };
  assert.deepEqual(text("2", { from: number, fromUserId: userId }), later);
  assert.deepEqual(text("3", { from: userId }), later);
  const optOut = { line, contact: userId, type: "STOP" };
  const { snapshot } = register.accept(toEvent("optout.changed", optOut));
  assert.deepEqual(Object.fromEntries(optOutFields(snapshot, "2020"))["contact"], number);
});
