import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import {
  ADDRESS_PATTERN,
  isLineNumber,
  LINE_PATTERN,
  maskAddress,
  parseAddress,
} from "./address.ts";

test("an address is E.164, a short code, a sender id, an e-mail address or a user id", () => {
  const kinds = {
    "+12065550188": "e164",
    "+2904567": "e164",
    "+123456789012345": "e164",
    "741": "short_code",
    "74141": "short_code",
    "12345678": "short_code",
    ACME: "sender_id",
    "Blue Door 1": "sender_id",
    Café: "sender_id",
    "ada@example.com": "email",
    "ada+texts@mail.example.co.uk": "email",
    "US.13491208655302741918": "user_id",
    "US.ENT.11815799212886844830": "user_id",
    "GB.2f9QbXn71": "user_id",
    [`DE.${"a".repeat(128)}`]: "user_id",
  };
  for (const [text, kind] of Object.entries(kinds)) {
    assert.deepEqual(parseAddress(text), { kind, text });
  }
});

test("a text that is none of these is refused with a reason", () => {
  const wrong = [
    "",
    " ",
    "+",
    "+120655",
    "+0206555018",
    "+1234567890123456",
    "12",
    "123456789",
    "2065550188",
    "+1 206 555 0188",
    "A name too long",
    " ACME",
    "ACME ",
    "AC\nME",
    "a@b",
    "a b@example.com",
    "a@@example.com",
    "@example.com",
    "a@example..com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(250)}.com`,
    "a\u0000@example.com",
    "ptn:/+12065550188",
    "us.13491208655302741918",
    "USA.13491208655302741918",
    "US.ENT.1181579921-886844830",
    `US.${"1".repeat(129)}`,
  ];
  for (const text of wrong) assert.equal(parseAddress(text).kind, "problem", JSON.stringify(text));
});

test("a number that only lacks its form is answered with the number that was probably meant", () => {
  const hints = {
    "2065550188": "did you mean +12065550188?",
    "(206) 555-0188": "did you mean +12065550188?",
    "+1 (206) 555-0188": "did you mean +12065550188?",
    "12065550188": "did you mean +12065550188?",
  };
  for (const [text, hint] of Object.entries(hints)) {
    const result = parseAddress(text);
    assert.ok(result.kind === "problem" && result.problem.endsWith(hint), text);
  }
  const other = parseAddress("123456789");
  assert.ok(other.kind === "problem" && !other.problem.includes("did you mean"));
});

test("a line is E.164 or a short code", () => {
  assert.ok(isLineNumber("+12065550188"));
  assert.ok(isLineNumber("74141"));
  for (const text of ["US.13491208655302741918", "ACME", "ada@example.com", "2065550188", ""])
    assert.ok(!isLineNumber(text));
});

test("the patterns of the JSON Schemas agree with the parser", () => {
  const address = new RegExp(ADDRESS_PATTERN, "u");
  const line = new RegExp(LINE_PATTERN, "u");
  const near = fc.string({
    unit: fc.constantFrom("+", "1", "2", "0", "a", "B", "@", ".", " ", "-", "é", "\n", "_", "US."),
    maxLength: 17,
  });
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: "binary", maxLength: 20 })), (text) => {
      assert.equal(address.test(text), parseAddress(text).kind !== "problem");
      assert.equal(line.test(text), isLineNumber(text));
    }),
    { numRuns: 2_000 },
  );
});

test("a very long address is judged without delay", () => {
  assert.equal(parseAddress(`${"a.".repeat(100_000)}@`).kind, "problem");
  assert.equal(parseAddress(`a@${"b.".repeat(100_000)}`).kind, "problem");
});

test("a log shows only the last digits of a number", () => {
  assert.equal(maskAddress("+12065550188"), "…0188");
  assert.equal(maskAddress("74141"), "…41");
  assert.equal(maskAddress("ACME"), "…ME");
  assert.equal(maskAddress("ada@example.com"), "a…@example.com");
});
