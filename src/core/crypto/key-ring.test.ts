import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createKeyRing, encryptWith, decryptWith } from "./key-ring.ts";
import { encryptedKeyId } from "./encrypt.ts";

const old = { key: randomBytes(32), keyId: 1 };
const fresh = { key: randomBytes(32), keyId: 2 };
const context = "endpoint:ep_1:secret";
const text = (plaintext: string) => ({ plaintext, context, iv: randomBytes(12) });

test("before, during and after a rotation of the key every value decrypts", () => {
  const ring = createKeyRing({ current: old, previous: null, isSettled: true });
  const first = encryptWith(ring, text("first"));
  ring.change({ current: fresh, previous: old, isSettled: false });
  const second = encryptWith(ring, text("second"));
  assert.deepEqual([first, second].map(encryptedKeyId), [1, 2]);
  assert.equal(decryptWith(ring, { encrypted: first, context }), "first");
  assert.equal(decryptWith(ring, { encrypted: second, context }), "second");
  ring.change({ current: fresh, previous: null, isSettled: true });
  assert.equal(decryptWith(ring, { encrypted: second, context }), "second");
  assert.throws(
    () => decryptWith(ring, { encrypted: first, context }),
    /needs key 1, which is not/,
  );
});

test("the key id of a value selects the key, so a different key under that id does not decrypt it", () => {
  const encrypted = encryptWith({ current: old, previous: null, isSettled: true }, text("x"));
  const other = { key: randomBytes(32), keyId: old.keyId };
  const ring = { current: other, previous: null, isSettled: true };
  assert.throws(
    () => decryptWith(ring, { encrypted, context }),
    /cannot be decrypted with this key/,
  );
});
