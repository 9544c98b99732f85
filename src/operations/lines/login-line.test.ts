import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { NOBODYS_HASH } from "./login-line.ts";
import { hashPassword, isPassword } from "./password.ts";

test("checking the password of an unknown user costs as much as checking a real one", async () => {
  const real = (await hashPassword("secret", randomBytes)).split("$");
  const fake = NOBODYS_HASH.split("$");
  assert.deepEqual(fake.slice(0, 4), real.slice(0, 4));
  assert.deepEqual(
    fake.map(({ length }) => length),
    real.map(({ length }) => length),
  );
  assert.equal(await isPassword("", NOBODYS_HASH), false);
});
