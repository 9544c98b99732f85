import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { hashPassword, isPassword } from "./password.ts";

test("a password matches its hash, and no other password does", async () => {
  const hash = await hashPassword("correct horse", randomBytes);
  assert.ok(!hash.includes("correct"));
  assert.equal(await isPassword("correct horse", hash), true);
  assert.equal(await isPassword("correct horse ", hash), false);
  assert.equal(await isPassword("", hash), false);
});

test("a password has a different hash each time, and another Unicode composition of it matches", async () => {
  assert.notEqual(await hashPassword("a", randomBytes), await hashPassword("a", randomBytes));
  assert.equal(await isPassword("e\u0301", await hashPassword("\u00e9", randomBytes)), true);
});

test("a malformed hash matches no password", async () => {
  for (const kept of ["", "plain", "bcrypt$1$2$3$YQ$YQ"]) {
    assert.equal(await isPassword("plain", kept), false);
  }
});
