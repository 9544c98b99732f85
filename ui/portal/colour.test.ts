import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, findAccent } from "./colour.ts";

test("any accent is readable on both themes, and so is text on it", () => {
  for (const given of ["#ffff00", "#000", "#fff", "#777777", "00ff88", "#3546c4", "#ff0000"]) {
    const accent = findAccent(given);
    assert.ok(accent !== null, given);
    for (const background of ["#ffffff", "#e9ebfb"]) {
      assert.ok(contrast(accent.light, background) >= 4.5, `${given} on ${background}`);
    }
    for (const background of ["#1b1c21", "#252a48"]) {
      assert.ok(contrast(accent.dark, background) >= 4.5, `${given} on ${background}`);
    }
    assert.ok(contrast(accent.light, accent.lightInk) >= 4.5, given);
    assert.ok(contrast(accent.dark, accent.darkInk) >= 4.5, given);
  }
});

test("a readable accent stays as it is, and a text that is no colour is none", () => {
  assert.equal(findAccent("#3546c4")?.light, "#3546c4");
  for (const text of ["", "red", "#12", "#12345", "url(x)", "#fff;x", "javascript:0"]) {
    assert.equal(findAccent(text), null, text);
  }
});
