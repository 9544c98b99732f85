import assert from "node:assert/strict";
import { test } from "node:test";
import { maskNumbersIn, maskPartly } from "./mask-number.ts";

test("a number keeps its beginning and its last four digits", () => {
  assert.equal(maskPartly("+12065550188"), "+1206•••0188");
  assert.equal(maskPartly("2065550188"), "2065•••0188");
  assert.equal(maskPartly("(206) 555-0188"), "2065•••0188");
});

test("a short number keeps less, and a short code stays", () => {
  assert.equal(maskPartly("+4912345"), "•••2345");
  assert.equal(maskPartly("12345678"), "•••5678");
  assert.equal(maskPartly("7726"), "7726");
});

test("a name, an e-mail address and a user id are hidden, with their digits", () => {
  for (const text of ["Ada Lovelace", "ada99@example.com", "ACME 24", "US.13491208655302741918"]) {
    assert.equal(maskPartly(text), "•••");
  }
});

test("numbers inside a text are masked, and ids and instants stay", () => {
  assert.equal(maskNumbersIn("from +12065550188."), "from +1206•••0188.");
  assert.equal(maskNumbersIn("to 12065550188"), "to 1206•••0188");
  assert.equal(maskNumbersIn("/x?to=%2B12065550188&y"), "/x?to=%2B1206•••0188&y");
  assert.equal(maskNumbersIn("/%2b12065550188"), "/%2b1206•••0188");
  for (const text of ["2124650254158354360", "2026-05-06T04:00:00.000Z", "msg_2srOrx2ZWZ1234567"]) {
    assert.equal(maskNumbersIn(text), text);
  }
});
