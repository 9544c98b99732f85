import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { NOBODYS_HASH, usernameForms } from "./login-line.ts";
import { hashPassword, isPassword } from "./password.ts";

test("checking the password of nobody costs what checking a real one costs", async () => {
  const real = (await hashPassword("secret", randomBytes)).split("$");
  const fake = NOBODYS_HASH.split("$");
  assert.deepEqual(fake.slice(0, 4), real.slice(0, 4));
  assert.deepEqual(
    fake.map(({ length }) => length),
    real.map(({ length }) => length),
  );
  assert.equal(await isPassword("", NOBODYS_HASH), false);
});

test("a number has the same forms whichever of them is given, and a word has one", () => {
  const given = ["2065550188", "+12065550188", "12065550188", "ptn:/2065550188"];
  const sets = given.map((form) => [...new Set(usernameForms(form))].sort());
  for (const set of sets) assert.deepEqual(set, sets[0]);
  for (const form of given) assert.equal(usernameForms(form)[0], form);
  for (const word of ["desk", "ptn:/desk", "123", "12065550188 x", ""]) {
    assert.deepEqual(usernameForms(word), [word]);
  }
});
