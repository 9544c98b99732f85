import assert from "node:assert/strict";
import { test } from "node:test";
import { maskNumber, maskText } from "./mask-format.ts";

test("a masked number shows its area and its end, and a short one at most half", () => {
  assert.equal(maskNumber("+12065550188"), "+1206•••0188");
  assert.equal(maskNumber("262966"), "•••966");
  assert.equal(maskNumber("44"), "•••4");
});

test("masked texts have one length", () => {
  assert.equal(maskText("yes"), maskText("a long answer"));
  assert.equal(maskText(""), "");
});
