import assert from "node:assert/strict";
import { test } from "node:test";
import { CANONICAL_TYPES } from "./canonical-type.ts";
import { checkEventType } from "./publishable-type.ts";

const NONE: ReadonlySet<string> = new Set();

test("every canonical type and any other well-formed name may be published", () => {
  for (const type of [...CANONICAL_TYPES, "invoice.paid", "a", "message.received.v2"]) {
    assert.equal(checkEventType(type, NONE), null, type);
  }
});

test("a name that is not well-formed is refused with what is allowed", () => {
  for (const type of ["", "message received", "größe", "x".repeat(257), "a/b"]) {
    const refusal = checkEventType(type, NONE);
    assert.equal(refusal?.code, "invalid_field", type);
    assert.deepEqual(refusal?.problems[0]?.path, ["eventType"]);
    assert.match(refusal?.message ?? "", /it must be 1 to 256 characters/);
  }
});

test("the server's own types are reserved, registered or not", () => {
  for (const type of ["endpoint.disabled", "message.attempt.exhausted"]) {
    assert.equal(checkEventType(type, new Set([type]))?.code, "invalid_field");
  }
});

test("a slip of a canonical name is answered with the one meant, unless it is registered", () => {
  for (const type of ["message.recieved", "mesage.received", "Message.Received"]) {
    const refusal = checkEventType(type, NONE);
    assert.equal(refusal?.code, "unknown_event_type");
    assert.match(refusal?.message ?? "", /did you mean "message\.received"\?/);
    assert.equal(checkEventType(type, new Set([type])), null);
  }
});
