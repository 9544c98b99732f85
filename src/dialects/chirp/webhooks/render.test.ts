import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fc } from "../../../../test/harness/property.ts";
import { openRegister, toEvent } from "../../../../test/contract/decide.ts";
import { Compile } from "typebox/compile";
import { AppError } from "../../../core/error.ts";
import { MESSAGE_STATUSES } from "../../../core/messages/message-status.ts";
import type { MessageStatus } from "../../../core/messages/message-status.ts";
import type { Message, Snapshot } from "../../../core/snapshot.ts";
import { DOCUMENT } from "../document.ts";
import { OLDER_FORM } from "../../../core/events/dialect-events.ts";
import { CHIRP_EVENTS, OLDER_EVENTS } from "./events.ts";
import type { ChirpEvent, OlderEvent } from "./events.ts";
import { exampleSnapshot } from "./example-snapshots.ts";
import { render } from "./render.ts";

/** The fixture as compact JSON, so that the order of the keys counts too. */
function fixture(name: string): string {
  const url = new URL(`../../../../test/fixtures/chirp/${name}.json`, import.meta.url);
  return JSON.stringify(JSON.parse(readFileSync(url, "utf8")));
}

function changed(event: ChirpEvent | OlderEvent, more: Partial<Message>): Snapshot {
  const snapshot = exampleSnapshot(event);
  return { ...snapshot, message: { ...(snapshot.message as Message), ...more } };
}

function toData(snapshot: Snapshot): Record<string, Record<string, unknown>> {
  return JSON.parse(render(snapshot).body ?? "").data;
}

type Body = { readonly event: string; readonly data: { readonly message: { text: string } } };

const JPEG = { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" };

describe("an event is rendered key for key like its fixture", () => {
  for (const event of CHIRP_EVENTS) {
    test(event, () => {
      assert.equal(render(exampleSnapshot(event)).body, fixture(event));
    });
  }

  for (const event of OLDER_EVENTS) {
    test(event, () => {
      const { body, headers, dedupeId } = render(exampleSnapshot(event), null, OLDER_FORM);
      assert.equal(body, fixture(event));
      assert.equal(headers["hookline-event-type"], event);
      assert.equal(dedupeId, exampleSnapshot(event).eventId);
    });
  }

  test("the example of MESSAGE_CREATED in Chirp's pages", () => {
    const printed = changed("MESSAGE_CREATED", {
      handle: "550e8400-e29b-41d4-a716-446655440000",
      from: "+15559876543",
      to: "+15551234567",
      text: "Hello, this is an incoming message",
      createdAt: Date.UTC(2024, 0, 15, 12),
    });
    assert.equal(render(printed, null, OLDER_FORM).body, fixture("MESSAGE_CREATED.docs"));
  });

  test("messages.sms.received with a picture", () => {
    const { body } = render(changed("messages.sms.received", { channel: "mms", media: [JPEG] }));
    const mediaId = /"mediaId":"(med_[0-9A-Za-z]{27})"/.exec(body ?? "")?.[1];
    assert.ok(mediaId);
    assert.equal(
      body?.replace(mediaId, "med_2DbBs7GWhGvVNJGrDXr5RG0mBWI"),
      fixture("messages.sms.received.mms"),
    );
  });
});

describe("the documentation of an event", () => {
  for (const { name, body, example } of DOCUMENT.webhooks) {
    test(`is valid for ${name}`, () => {
      assert.ok(Compile(body).Check(JSON.parse(example)));
      assert.ok(!Compile(body).Check({ ...JSON.parse(example), event: "messages.sms.none" }));
    });
  }
});

test("the older form shows all pictures of a message, and a null for a text that is absent", () => {
  const older = (more: Partial<Message>) =>
    JSON.parse(render(changed("MESSAGE_CREATED", more), null, OLDER_FORM).body ?? "").data;
  const other = { ...JPEG, url: "https://media.example.com/b.jpg" };
  const { mediaUrls, type, text } = older({ media: [JPEG, other], text: "" });
  assert.deepEqual([mediaUrls, type, text], [[JPEG.url, other.url], "MMS", null]);
  assert.deepEqual([older({ text: "" }).text, older({ text: "" }).type], ["", "SMS"]);
});

test("an event that the first generation does not have is refused in the older form", () => {
  for (const event of ["messages.sms.failed", "messages.whatsapp.received"] as const) {
    assert.throws(
      () => render(exampleSnapshot(event), null, OLDER_FORM),
      (error) => error instanceof AppError && error.code === "internal",
    );
  }
});

test("a picture has one id in all events of its message, and the picture of another message has another id", () => {
  const toId = (event: ChirpEvent, ksuid: string) =>
    toData(changed(event, { ksuid, media: [JPEG] }))["message"]?.["mediaId"];
  const first = toId("messages.sms.sent", "0".repeat(27));
  assert.equal(toId("messages.sms.delivered", "0".repeat(27)), first);
  assert.notEqual(toId("messages.sms.sent", "1".repeat(27)), first);
});

test("the first picture of a WhatsApp message determines its type and its media URL", () => {
  const toType = (contentType: string) =>
    toData(changed("messages.whatsapp.received", { media: [{ ...JPEG, contentType }] }))["message"];
  assert.equal(toType("image/jpeg")?.["type"], "image");
  assert.equal(toType("VIDEO/mp4")?.["type"], "video");
  assert.equal(toType("audio/ogg; codecs=opus")?.["type"], "audio");
  assert.equal(toType("application/pdf")?.["type"], "document");
  assert.equal(toType("application/pdf")?.["mediaUrl"], JPEG.url);
});

test("a blocked text has failed and was never sent", () => {
  const { message, error } = toData(
    changed("messages.sms.failed", { status: "blocked", error: null }),
  );
  assert.equal(message?.["sentAt"], null);
  assert.deepEqual(error, {
    type: "provider_error",
    code: "message_undeliverable",
    message: "Unable to deliver message.",
    param: null,
  });
});

test("an omitted field of a template or an account is null", () => {
  const bare = (event: ChirpEvent, payload: object) =>
    toData({ ...exampleSnapshot(event), payloadText: JSON.stringify(payload) });
  const { template } = bare("templates.whatsapp.created", { template: { id: "t", name: "n" } });
  assert.deepEqual(
    [template?.["language"], template?.["category"], template?.["status"]],
    [null, null, null],
  );
  const { account } = bare("whatsapp.account.connected", { account: { id: "a" } });
  assert.deepEqual([account?.["phoneNumber"], account?.["displayName"]], [null, null]);
});

test("a progress event that Chirp does not have is refused by name", () => {
  assert.throws(
    () => render(changed("messages.sms.sent", { status: "queued" })),
    (error) => error instanceof AppError && error.message.includes("message.progress"),
  );
});

test("any message in any state matches its schema, and equal snapshots give equal bytes", () => {
  const schemas = new Map(
    DOCUMENT.webhooks
      .filter(({ name }) => name.startsWith("messages.whatsapp."))
      .map(({ name, body }) => [name, Compile(body)]),
  );
  const sentStatuses = Object.keys(MESSAGE_STATUSES).filter(
    (status) => status !== "in_process" && status !== "queued",
  ) as MessageStatus[];
  const messages = fc.record({
    status: fc.constantFrom(...sentStatuses),
    direction: fc.constantFrom("inbound", "outbound"),
    text: fc.string({ unit: "binary" }),
    media: fc.array(fc.constant(JPEG), { maxLength: 2 }),
    deliveredAt: fc.option(fc.constant(Date.UTC(2026, 0, 1))),
    error: fc.option(fc.record({ message: fc.string() })),
    channel: fc.constant("whatsapp"),
  } as const);
  fc.assert(
    fc.property(messages, (more) => {
      const snapshot = changed("messages.whatsapp.sent", more);
      const { body, dedupeId } = render(snapshot);
      assert.equal(render(structuredClone(snapshot)).body, body);
      assert.equal(dedupeId, snapshot.eventId);
      const parsed = JSON.parse(body ?? "") as Body;
      assert.ok(schemas.get(parsed.event)?.Check(parsed), body ?? "");
      assert.equal(parsed.data.message.text, more.text);
    }),
  );
});

test("half an emoji in a text is U+FFFD in the body, which strict parsers read", () => {
  const { body } = render(changed("messages.sms.received", { text: "See you \ud83d" }));
  assert.doesNotMatch(body ?? "", /\\ud83d/);
  assert.match(body ?? "", /"See you \uFFFD"/);
});

test("a contact has a phone number, a user id, or both", () => {
  const userId = "US.13491208655302741918";
  const shown = (contact: object) => {
    const event = toEvent("contact.created", { contact, channel: "whatsapp" });
    const { contact: data } = toData(openRegister().accept(event).snapshot);
    return [data?.["phoneNumber"], data?.["userId"]];
  };
  assert.deepEqual(shown({ number: "+12065550188" }), ["+12065550188", null]);
  assert.deepEqual(shown({ number: userId }), [null, userId]);
  assert.deepEqual(shown({ number: "+12065550188", userId }), ["+12065550188", userId]);
});
