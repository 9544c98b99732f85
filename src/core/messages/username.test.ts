import assert from "node:assert/strict";
import { test } from "node:test";
import { normalUsername } from "./username.ts";

test("every spelling of a number is one username", () => {
  const local = ["2065550188", "12065550188", "+12065550188", "ptn:/2065550188", "206-555-0188"];
  const more = ["(206)555.0188", "PTN:/+12065550188", "0012065550188", "２０６５５５０１８８"];
  for (const spelling of [...local, ...more]) {
    assert.equal(normalUsername(spelling), "+12065550188", spelling);
  }
  for (const spelling of ["+442079460999", "442079460999", "00442079460999", "+44-2079460999"]) {
    assert.equal(normalUsername(spelling), "+442079460999", spelling);
  }
});

test("a username that is not a number is unchanged", () => {
  for (const word of [
    "desk",
    "Desk-2",
    "ptn:/desk",
    "123456",
    "02079460999",
    "+1",
    "12065550188x",
  ]) {
    assert.equal(normalUsername(word), word);
  }
});
