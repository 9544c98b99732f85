import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  CONTACT,
  toEvent,
  LINE,
  openRegister,
  received,
} from "../../../../test/contract/decide.ts";
import { AppError } from "../../../core/error.ts";
import { parseJson, stringifyJson } from "../../../core/json/json.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { RenderedFor } from "../../dialect.ts";
import { createRender } from "./render.ts";

const OURS = "+12065550123";
const THEIRS = "+12065550188";
const SENT_AT = "2020-11-13T17:03:20Z";

const hook: RenderedFor = {
  endpointId: "ep_1",
  dialect: "zipwhip",
  eventTypes: ["message/receive"],
  method: "POST",
  dialectOptions: null,
};
const render = createRender({ zipwhipErrorStatus: "200", zipwhipUserAgent: "hookline" });

/** The fixture as compact JSON: the same digits, keys and order. */
function fixture(name: string): string {
  const file = new URL(`../../../../test/fixtures/zipwhip/${name}.json`, import.meta.url);
  return stringifyJson(parseJson(readFileSync(file, "utf8")));
}

/** Registers in which the participants of a fixture have its ids. */
function toRegister(p: {
  line: string;
  contact: string;
  generation?: "2020" | "2015";
  deviceId?: number;
  contactId?: number;
  fingerprint?: string;
}) {
  const { line, contact, generation = "2020" } = p;
  const register = openRegister();
  const { deviceId = 377265507, contactId = 14543967707, fingerprint = "1514465037" } = p;
  register.lines.set(line, {
    lineId: "line_1",
    number: line,
    deviceId,
    payloadGeneration: generation,
  });
  register.contacts.set(contact, {
    contactId,
    number: contact,
    firstName: null,
    lastName: null,
    companyName: null,
    tags: [],
    deletedAt: null,
  });
  register.conversations.set(`${line} ${contact}`, { fingerprint, optedOut: false });
  return register;
}

function withId(snapshot: Snapshot, snowflake: bigint): Snapshot {
  assert.ok(snapshot.message !== null);
  return { ...snapshot, message: { ...snapshot.message, snowflake } };
}

test("a received text equals document 002's example to the letter, 24 keys in its order", () => {
  const [line, contact] = ["+12068163958", "+12063996756"];
  const { snapshot } = toRegister({ line, contact }).accept(
    toEvent("message.received", {
      message: {
        id: "a",
        channel: "sms",
        from: contact,
        to: line,
        text: "Hello World",
        receivedAt: "2020-11-13T17:01:17.097Z",
      },
    }),
  );
  const rendered = render(withId(snapshot, 1327295480212647936n), hook, 0);
  assert.equal(rendered.body, fixture("message_receive.v2020"));
  assert.equal(rendered.contentType, "application/json;charset=UTF-8");
  assert.deepEqual(rendered.headers, { "hookline-event-type": "message/receive" });
  assert.equal(rendered.query, null);
  assert.equal(rendered.dedupeId, snapshot.eventId);
});

test("on a line of 2015 it equals document 001's example to the letter, 23 keys in its order", () => {
  const [line, contact] = ["+14257772300", "+14257772222"];
  const { snapshot } = toRegister({
    line,
    contact,
    generation: "2015",
    deviceId: 299538202,
    contactId: 3382213402,
    fingerprint: "132131532",
  }).accept(
    toEvent("message.received", {
      message: {
        id: "a",
        channel: "sms",
        from: contact,
        to: line,
        text: "Thanks for texting, this is an auto reply!",
        receivedAt: "2015-08-19T23:53:45Z",
      },
    }),
  );
  const rendered = render(withId(snapshot, 634151298329219072n), hook, 0);
  assert.equal(rendered.body, fixture("message_receive.v2015"));
  assert.equal(rendered.contentType, "application/json; charset=UTF-8");
});

test("a 2015 body has every key of the vendor's 2015 fixture, with the same type", () => {
  const theirs = parseJson(fixture("message_receive.minimal_2015")) as Record<string, unknown>;
  const ours = parseJson(fixture("message_receive.v2015")) as Record<string, unknown>;
  for (const [key, value] of Object.entries(theirs)) {
    const isId = key === "id";
    assert.equal(isId ? "number" : typeof ours[key], isId ? "number" : typeof value, key);
  }
});

test("an opt-out equals document 002's example to the letter", () => {
  const [line, contact] = ["+12068163958", "+12063996756"];
  const register = toRegister({ line, contact });
  register.accept(
    toEvent("message.received", {
      message: { id: "stop", channel: "sms", from: contact, to: line, text: "Stop" },
    }),
  );
  const payload = { line, contact, type: "STOP", messageId: "stop", text: "Stop" };
  const event = toEvent("optout.changed", { ...payload, occurredAt: "2019-11-15T19:34:23Z" });
  const { snapshot } = register.accept(event);
  const rendered = render(withId(snapshot, 1195424825893195776n), hook, 0);
  assert.equal(rendered.body, fixture("optout_change.stop"));
  assert.deepEqual(rendered.headers, { "hookline-event-type": "optout/change" });
});

test("an opt-out without a known text has empty strings", () => {
  const { snapshot } = openRegister().accept(
    toEvent("optout.changed", { line: LINE, contact: CONTACT, type: "UNSTOP", messageId: "?" }),
  );
  const body = parseJson(render(snapshot, hook, 0).body ?? "") as Record<string, unknown>;
  assert.deepEqual([body["messageBody"], body["messageId"], body["type"]], ["", "", "UNSTOP"]);
});

test("the other events equal fixtures that follow the documents by analogy", () => {
  const outbound = { channel: "sms", from: OURS, to: THEIRS, text: "Your table is ready" };
  const inbound = { channel: "sms", from: THEIRS, to: OURS, text: "Hello World" };
  const participants = { line: OURS, contact: THEIRS };

  const out = toRegister(participants);
  const outId = 1327295999138054144n;
  const sent = toEvent("message.sent", { message: { id: "o", ...outbound, sentAt: SENT_AT } });
  const cases: [string, Snapshot][] = [["message_send", withId(out.accept(sent).snapshot, outId)]];
  const progress = toEvent("message.progress", {
    message: { id: "o", status: "delivered_to_handset" },
    occurredAt: "2020-11-13T17:03:24Z",
  });
  const progressed = withId(out.accept(progress).snapshot, outId);
  cases.push(["message_progress.6_delivered_to_handset", progressed]);

  for (const [type, at, name] of [
    ["message.read", { readAt: "2020-11-13T17:05:00Z" }, "message_read"],
    ["message.deleted", { deletedAt: "2020-11-13T17:06:00Z" }, "message_delete"],
  ] as const) {
    const register = toRegister(participants);
    const receivedAt = "2020-11-13T17:01:17Z";
    register.accept(toEvent("message.received", { message: { id: "i", ...inbound, receivedAt } }));
    const { snapshot } = register.accept(toEvent(type, { message: { id: "i" }, ...at }));
    cases.push([name, withId(snapshot, 1327295480212647936n)]);
  }
  for (const [name, snapshot] of cases) {
    assert.equal(render(snapshot, hook, 0).body, fixture(name), name);
  }
});

test("an odd 64-bit id is printed digit by digit, by POST, PUT and GET", () => {
  const { snapshot } = openRegister().accept(received("a"));
  const odd = withId(snapshot, 1327296000111111169n);
  for (const method of ["POST", "PUT"] as const) {
    assert.match(render(odd, { ...hook, method }, 0).body ?? "", /"id":1327296000111111169,/);
  }
  assert.match(render(odd, { ...hook, method: "GET" }, 0).query ?? "", /&id=1327296000111111169&/);
});

test("by GET the fields are in the query, nulls are omitted and the body is empty", () => {
  const { snapshot } = openRegister().accept(received("a", "50% off & more? +1 ☕"));
  const { body, query } = render(snapshot, { ...hook, method: "GET" }, 0);
  assert.equal(body, null);
  const shown = parseJson(render(snapshot, hook, 0).body ?? "") as Record<string, unknown>;
  const expected = Object.entries(shown)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, String(value)]);
  assert.deepEqual([...new URLSearchParams(query ?? "")], expected);
  assert.match(query ?? "", /&read=false&/);
  assert.match(query ?? "", /^body=50%25%20off%20%26%20more%3F%20%2B1%20%E2%98%95&/);
});

test("the documented User-Agent of the generation is sent only where the setting asks for it", () => {
  const documented = createRender({ zipwhipErrorStatus: "200", zipwhipUserAgent: "documented" });
  for (const [generation, userAgent] of [
    ["2020", "Apache-HttpClient/4.5.7 (Java/1.8.0_201)"],
    ["2015", "Jakarta Commons-HttpClient/3.1"],
  ] as const) {
    const register = toRegister({ line: LINE, contact: CONTACT, generation });
    const { snapshot } = register.accept(received("a"));
    assert.equal(documented(snapshot, hook, 0).headers["user-agent"], userAgent);
    assert.equal(render(snapshot, hook, 0).headers["user-agent"], undefined);
  }
});

test("a report for which Zipwhip has no code is refused by name", () => {
  const register = openRegister();
  register.accept(toEvent("message.sent", sentNow("o")));
  const read = { message: { id: "o", status: "read_by_recipient" } };
  const { snapshot } = register.accept(toEvent("message.progress", read));
  assert.throws(
    () => render(snapshot, hook, 0),
    (error) =>
      error instanceof AppError && error.code === "internal" && /progress/.test(error.message),
  );
});

function sentNow(id: string): object {
  return { message: { id, channel: "sms", from: LINE, to: CONTACT, text: "Hi" } };
}
