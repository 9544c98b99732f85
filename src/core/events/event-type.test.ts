import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { CANONICAL_TYPES } from "./canonical-events.ts";
import {
  checkCustomMark,
  checkEventType,
  isEventTypeName,
  isReservedEventType,
  OPERATIONAL_EVENT_TYPES,
} from "./event-type.ts";
import { isOneEditApart, nearestName } from "../nearest-name.ts";

test("a name has letters, digits, hyphen, underscore and full stop, and at most 256 characters", () => {
  for (const name of ["message.received", "A-b_c.9", "x", "a".repeat(256)]) {
    assert.ok(isEventTypeName(name), name);
  }
  for (const name of ["", "a b", "a/b", "é", "a\n", "a".repeat(257)]) {
    assert.ok(!isEventTypeName(name), name);
  }
});

test("each kind of single edit is a distance of one, in both directions", () => {
  for (const typed of [
    "message.recieved",
    "message.receive",
    "message.receivedd",
    "massage.received",
    "essage.received",
    "messageereceived",
  ]) {
    assert.ok(isOneEditApart(typed, "message.received"), typed);
    assert.ok(isOneEditApart("message.received", typed), typed);
  }
  for (const typed of ["message.received", "message.sent", "massage.receive", ""]) {
    assert.ok(!isOneEditApart(typed, "message.received"), typed);
  }
});

/** Optimal string alignment distance, by the textbook table. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      (rows[i] as number[])[j] = best;
    }
  }
  return at(a.length, b.length);
}

test("names one edit apart have distance one in the textbook table", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(isOneEditApart(a, b), distance(a, b) === 1);
    }),
    { numRuns: 2000 },
  );
});

test("a mistyped name finds the intended one; a known or unrelated name finds none", () => {
  const known = ["message.sent", "message.received", "contact.created"];
  assert.equal(nearestName("message.recieved", known), "message.received");
  assert.equal(nearestName("Message.Received", known), "message.received");
  assert.equal(nearestName("invoice.paid", known), undefined);
  assert.equal(nearestName("message.sent", known), undefined);
  assert.equal(nearestName("call.logged", ["call.loggedd", "call.logged"]), undefined);
});

test("operational types and their families are reserved, message events are not", () => {
  for (const name of OPERATIONAL_EVENT_TYPES) assert.ok(isReservedEventType(name), name);
  assert.ok(isReservedEventType("endpoint.anything"));
  assert.ok(!isReservedEventType("message.received"));
  assert.ok(!isReservedEventType("endpoints"));
});

const NONE: ReadonlySet<string> = new Set();

test("every canonical type and any other well-formed name may be published", () => {
  for (const type of [...CANONICAL_TYPES, "invoice.paid", "a", "message.received.v2"]) {
    assert.equal(checkEventType(type, NONE), null, type);
  }
});

test("a malformed name is refused with the allowed form", () => {
  for (const type of ["", "message received", "größe", "x".repeat(257), "a/b"]) {
    const refusal = checkEventType(type, NONE);
    assert.equal(refusal?.code, "invalid_field", type);
    assert.deepEqual(refusal?.problems[0]?.path, ["eventType"]);
    assert.match(refusal?.message ?? "", /it must be 1 to 256 characters/);
  }
});

test("the server's types are reserved, registered or not", () => {
  for (const type of ["endpoint.disabled", "message.attempt.exhausted"]) {
    assert.equal(checkEventType(type, new Set([type]))?.code, "invalid_field");
  }
});

test("a misspelt canonical name is answered with the correct one, unless it is registered", () => {
  for (const type of ["message.recieved", "mesage.received", "Message.Received"]) {
    const refusal = checkEventType(type, NONE);
    assert.equal(refusal?.code, "unknown_event_type");
    assert.match(refusal?.message ?? "", /did you mean "message\.received"\?/);
    assert.equal(checkEventType(type, new Set([type])), null);
  }
});

test("where no type is built in, a name that looks like a built-in one is allowed, and a reserved one is not", () => {
  for (const type of ["message.recieved", "message.received", "Optout.Changed"]) {
    assert.equal(checkEventType(type, NONE, false), null, type);
  }
  for (const type of ["endpoint.disabled", "a b"]) {
    assert.equal(checkEventType(type, NONE, false)?.code, "invalid_field", type);
  }
});

test("types that messages, ids and opt-outs depend on are never marked as custom", () => {
  const refused = CANONICAL_TYPES.filter((type) => checkCustomMark(type) !== null);
  assert.deepEqual(refused, [
    "message.received",
    "message.sent",
    "message.progress",
    "message.read",
    "message.deleted",
    "optout.changed",
  ]);
  assert.deepEqual(checkCustomMark("message.scheduled")?.problems[0]?.path, ["custom"]);
  assert.equal(checkCustomMark("messages"), null);
});
