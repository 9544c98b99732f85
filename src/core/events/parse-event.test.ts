import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { CANONICAL_TYPES } from "./canonical-events.ts";
import { isCanonical } from "./event-type.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { FieldProblem } from "../error.ts";
import { parseJson } from "../json/json.ts";
import { parseCanonicalPayload } from "./parse-event.ts";

const received = {
  message: {
    id: "in-1",
    channel: "sms",
    from: "+12065550188",
    to: "+12065550100",
    text: "Hello",
  },
};

function toProblems(type: (typeof CANONICAL_TYPES)[number], payload: unknown): FieldProblem[] {
  const parsed = parseCanonicalPayload(type, payload);
  assert.ok(!parsed.ok, "it was accepted");
  return [...parsed.problems];
}

function withMessage(fields: object): unknown {
  return { message: { ...received.message, ...fields } };
}

test("every canonical type has a description, a group, a JSON Schema and an example that passes", () => {
  assert.deepEqual(Object.keys(CATALOGUE), [...CANONICAL_TYPES]);
  for (const type of CANONICAL_TYPES) {
    const entry = CATALOGUE[type];
    assert.match(entry.description, /^[A-Z].*\.$/);
    assert.match(entry.groupName, /^[a-z_]+$/);
    assert.equal(entry.schemaJson["title"], type);
    assert.equal(entry.schemaJson["type"], "object");
    assert.deepEqual(JSON.parse(JSON.stringify(entry.schemaJson)), entry.schemaJson);
    assert.ok(parseCanonicalPayload(type, entry.example).ok, type);
  }
  assert.ok(isCanonical("message.received"));
  assert.ok(!isCanonical("invoice.paid"));
});

test("a received text is inbound, a sent one outbound, and the time is the message's", () => {
  assert.deepEqual(
    parseCanonicalPayload(
      "message.received",
      withMessage({ receivedAt: "2026-05-06T04:00:00.5Z" }),
    ),
    {
      ok: true,
      canonical: {
        message: {
          ...received.message,
          direction: "inbound",
          createdAt: Date.UTC(2026, 4, 6, 4, 0, 0, 500),
        },
        at: Date.UTC(2026, 4, 6, 4, 0, 0, 500),
      },
    },
  );
  const sent = parseCanonicalPayload("message.sent", received);
  assert.ok(sent.ok && sent.canonical.message?.direction === "outbound");
});

test("progress may name its message by id alone", () => {
  const payload = {
    message: { id: "out-1", status: "carrier_failed", error: { code: 30007, message: "spam" } },
    occurredAt: "2026-05-06T06:00:00+02:00",
  };
  assert.deepEqual(parseCanonicalPayload("message.progress", payload), {
    ok: true,
    canonical: {
      message: {
        id: "out-1",
        direction: "outbound",
        status: "carrier_failed",
        error: { code: 30007, message: "spam" },
      },
      at: Date.UTC(2026, 4, 6, 4),
    },
  });
});

test("the direction of a deleted message follows from the line among its participants", () => {
  const toDirection = (payload: unknown) => {
    const parsed = parseCanonicalPayload("message.deleted", payload);
    return parsed.ok ? parsed.canonical.message?.direction : "refused";
  };
  assert.equal(toDirection({ ...received, line: "+12065550100" }), "inbound");
  assert.equal(toDirection({ ...received, line: "+12065550188" }), "outbound");
  assert.equal(toDirection(received), undefined);
});

test("an opt-out and a contact are converted to the flat shape", () => {
  const optOut = { line: "74141", contact: "ada@example.com", type: "UNSTOP", messageId: "in-1" };
  assert.deepEqual(parseCanonicalPayload("optout.changed", optOut), {
    ok: true,
    canonical: { line: "74141", contact: "ada@example.com", optOut: "UNSTOP", messageId: "in-1" },
  });
  const contact = { contact: { number: "+12065550188", firstName: "Ada", tags: ["vip"] } };
  assert.deepEqual(parseCanonicalPayload("contact.updated", contact), {
    ok: true,
    canonical: { contact: "+12065550188", contactFields: { firstName: "Ada", tags: ["vip"] } },
  });
});

test("names that the schema does not know are allowed", () => {
  const parsed = parseCanonicalPayload("message.received", {
    ...received,
    message: { ...received.message, seat: { id: 7n } },
    trace: "x",
  });
  assert.ok(parsed.ok);
});

test("a refusal names the field, its value and the allowed values", () => {
  assert.deepEqual(toProblems("message.received", withMessage({ channel: "fax" })), [
    {
      path: ["payload", "message", "channel"],
      message:
        'payload.message.channel is "fax"; it must be one of sms, mms, imessage, rcs, whatsapp.',
      kind: "value_error",
    },
  ]);
  assert.deepEqual(toProblems("line.blocked", {}), [
    {
      path: ["payload", "line"],
      message:
        "payload.line is missing; it must be a number in E.164 such as +12065550188, " +
        "or a short code of 3 to 8 digits.",
      kind: "value_error.missing",
    },
  ]);
  const [tooLong] = toProblems("message.received", withMessage({ text: "x".repeat(65_537) }));
  assert.match(tooLong?.message ?? "", /payload\.message\.text is a text of 65537 characters; /);
});

test("a mistyped number is answered with the number that was probably meant", () => {
  const [problem] = toProblems("message.received", withMessage({ from: "(206) 555-0188" }));
  assert.match(
    problem?.message ?? "",
    /or a WhatsApp user id such as \S+; .*did you mean \+12065550188\?$/,
  );
});

test("a message id is text, and the refusal of an integer says to put it in quotes", () => {
  const { message } = parseJson('{"message":{"id":1327295480212647937}}') as { message: object };
  const [problem] = toProblems("message.received", withMessage(message));
  assert.deepEqual(problem?.path, ["payload", "message", "id"]);
  assert.match(
    problem?.message ?? "",
    /is the number 1327295480212647937; .*Put the number in quotes\.$/,
  );
  assert.equal(problem?.kind, "type_error");
  for (const id of ["", "x".repeat(257), "a\u0000b", "\ud800"]) {
    assert.equal(toProblems("message.received", withMessage({ id })).length, 1, JSON.stringify(id));
  }
  assert.ok(parseCanonicalPayload("message.received", withMessage({ id: "👍".repeat(256) })).ok);
});

test("the refusal of null says to leave the field out", () => {
  const [problem] = toProblems("message.received", withMessage({ receivedAt: null }));
  assert.match(
    problem?.message ?? "",
    /is null; .* Leave the field out instead of sending null\.$/,
  );
});

test("problems inside lists have their index, and each field has one problem", () => {
  const media = [
    { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" },
    { url: "ftp://x", contentType: "image/jpeg\r\nx: y", sizeBytes: -1 },
  ];
  const paths = toProblems("message.received", withMessage({ media })).map(({ path }) => path);
  assert.deepEqual(paths, [
    ["payload", "message", "media", 1, "url"],
    ["payload", "message", "media", 1, "contentType"],
    ["payload", "message", "media", 1, "sizeBytes"],
  ]);
  const many = { participants: Array.from({ length: 20 }, () => "?") };
  assert.equal(toProblems("message.received", withMessage(many)).length, 8);
  const error = { code: {}, message: "x" };
  const progress = { message: { id: "a", status: "queued", error } };
  assert.equal(toProblems("message.progress", progress).length, 1);
});

test("a payload that is not an object is one problem", () => {
  for (const payload of [null, [], "x", 7, 7n, true]) {
    assert.deepEqual(toProblems("message.read", payload)[0]?.path, ["payload"]);
  }
  assert.equal(
    toProblems("message.read", { message: [] })[0]?.message,
    "payload.message is a list of 0; it must be an object.",
  );
});

test("times must be RFC 3339 and exist in the calendar", () => {
  const at = (readAt: string) =>
    parseCanonicalPayload("message.read", { message: { id: "a" }, readAt });
  for (const text of ["2026-02-30T00:00:00Z", "2026-05-06", "1746504000", "2026-05-06T04:00:00"]) {
    assert.ok(!at(text).ok, text);
  }
  const leap = at("2016-12-31T23:59:60Z");
  assert.ok(leap.ok && leap.canonical.at === Date.UTC(2016, 11, 31, 23, 59, 59));
});

test("line and contact may be given when they agree with the message", () => {
  const agreeing = { ...received, line: "+12065550100", contact: "+12065550188" };
  assert.ok(parseCanonicalPayload("message.received", agreeing).ok);
  const swapped = { ...received, line: "+12065550188", contact: "+12065550100" };
  assert.deepEqual(
    toProblems("message.received", swapped).map(({ path }) => path),
    [
      ["payload", "line"],
      ["payload", "contact"],
    ],
  );
  const fromSenderId = { ...(withMessage({ from: "ACME" }) as object), line: "74141" };
  assert.ok(parseCanonicalPayload("message.sent", fromSenderId).ok);
});

test("no payload causes an exception", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CANONICAL_TYPES),
      fc.oneof(
        fc.anything({ withBigInt: true }),
        fc.record({ message: fc.anything(), line: fc.anything() }),
        fc
          .dictionary(fc.constantFrom("id", "from", "text", "media", "__proto__"), fc.anything())
          .map((fields) => withMessage(fields)),
      ),
      (type, payload) => {
        const parsed = parseCanonicalPayload(type, payload);
        assert.ok(parsed.ok || parsed.problems.length > 0);
      },
    ),
    { numRuns: 500 },
  );
});

test("a user id is the contact's alone, and the address of a person has no other one", () => {
  const [userId, other] = ["US.13491208655302741918", "US.ENT.11815799212886844830"];
  const text = received.message;
  const call = { line: text.to, contact: userId, direction: "inbound", status: "ended" };
  const wrong = [
    ["message.received", { message: { ...text, toUserId: userId } }, "message.toUserId"],
    ["message.received", { message: { ...text, to: userId } }, "message.to"],
    ["message.sent", { message: { ...text, from: userId } }, "message.from"],
    ["message.sent", { message: { ...text, fromUserId: userId } }, "message.fromUserId"],
    [
      "message.received",
      { message: { ...text, from: userId, fromUserId: other } },
      "message.fromUserId",
    ],
    ["call.logged", { ...call, contactUserId: other }, "contactUserId"],
    ["contact.updated", { contact: { number: userId, userId: other } }, "contact.userId"],
    ["message.received", { message: { ...text, fromUserId: "12065550188" } }, "message.fromUserId"],
    ["line.blocked", { line: userId }, "line"],
  ] as const;
  for (const [type, payload, path] of wrong) {
    const paths = toProblems(type, payload).map((problem) => problem.path.join("."));
    assert.deepEqual(paths, [`payload.${path}`]);
  }
  const fine = [
    ["message.received", { message: { ...text, fromUserId: userId } }],
    ["message.received", { message: { ...text, fromUserId: userId }, contact: userId }],
    ["message.received", { message: { ...text, from: userId, fromUserId: userId } }],
    ["message.sent", { message: { ...text, from: text.to, to: userId } }],
    ["call.logged", call],
  ] as const;
  for (const [type, payload] of fine) assert.ok(parseCanonicalPayload(type, payload).ok, type);
});
