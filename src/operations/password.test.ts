import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { hashPassword, isPassword } from "./password.ts";

test("a password is known by its hash, and no other is", async () => {
  const hash = await hashPassword("correct horse", randomBytes);
  assert.ok(!hash.includes("correct"));
  assert.equal(await isPassword("correct horse", hash), true);
  assert.equal(await isPassword("correct horse ", hash), false);
  assert.equal(await isPassword("", hash), false);
});

test("the same password has another hash each time, and one in another composition is the same", async () => {
  assert.notEqual(await hashPassword("a", randomBytes), await hashPassword("a", randomBytes));
  assert.equal(await isPassword("e\u0301", await hashPassword("\u00e9", randomBytes)), true);
});

test("what is no hash of ours is nobody's password", async () => {
  for (const kept of ["", "plain", "bcrypt$1$2$3$YQ$YQ"]) {
    assert.equal(await isPassword("plain", kept), false);
  }
});
