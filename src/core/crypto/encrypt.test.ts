import assert from "node:assert/strict";
import { createDecipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { keyFingerprint, parseSecretKey, encrypt, encryptedKeyId, decrypt } from "./encrypt.ts";

const key = randomBytes(32);
const context = "endpoint:ep_1:secret";

function encrypted(plaintext: string, keyId = 1): Uint8Array {
  return encrypt({ key, keyId, plaintext, context, iv: randomBytes(12) });
}

test("every encrypted text decrypts to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(255), (plaintext, keyId) => {
      const value = encrypted(plaintext, keyId);
      assert.equal(encryptedKeyId(value), keyId);
      assert.equal(decrypt({ key, encrypted: value, context }), plaintext);
    }),
  );
});

test("the layout is key id, iv, tag, ciphertext, so that another program can decrypt it", () => {
  const value = encrypted("whsec_x");
  const decipher = createDecipheriv("aes-256-gcm", key, value.subarray(1, 13));
  decipher.setAAD(Buffer.concat([Uint8Array.of(1), Buffer.from(context)]));
  decipher.setAuthTag(value.subarray(13, 29));
  const text = decipher.update(value.subarray(29), undefined, "utf8") + decipher.final("utf8");
  assert.equal(text, "whsec_x");
});

test("a value moved to another row or field, or read with another key, does not decrypt", () => {
  const value = encrypted("whsec_x");
  for (const other of ["endpoint:ep_2:secret", "endpoint:ep_1:headers", ""]) {
    assert.throws(
      () => decrypt({ key, encrypted: value, context: other }),
      /cannot be decrypted with this key/,
    );
  }
  assert.throws(
    () => decrypt({ key: randomBytes(32), encrypted: value, context }),
    /cannot be decrypted with this key/,
  );
});

test("one changed bit anywhere, or a truncated end, is detected", () => {
  const value = encrypted("whsec_x");
  for (let i = 0; i < value.length; i++) {
    const changed = Uint8Array.from(value);
    changed[i] = (changed[i] as number) ^ 1;
    assert.throws(
      () => decrypt({ key, encrypted: changed, context }),
      /cannot be decrypted with this key/,
      `byte ${i}`,
    );
    assert.throws(() => decrypt({ key, encrypted: value.subarray(0, i), context }));
  }
});

test("a key id over one byte and an iv of another length are bugs", () => {
  const given = { key, keyId: 1, plaintext: "x", context, iv: randomBytes(12) };
  assert.throws(() => encrypt({ ...given, keyId: 256 }), RangeError);
  assert.throws(() => encrypt({ ...given, iv: randomBytes(16) }), RangeError);
});

test("a key is accepted as hex or in either alphabet of base64, and in no other form", () => {
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const parsed = parseSecretKey(` ${key.toString(encoding)}\n`);
    assert.ok(parsed.ok);
    assert.deepEqual(Buffer.from(parsed.key), key);
  }
  for (const text of [
    "",
    "short",
    key.toString("hex").slice(1),
    randomBytes(31).toString("base64"),
  ]) {
    const parsed = parseSecretKey(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.reason, /32 bytes in base64 or hex/);
    assert.ok(text === "" || !parsed.reason.includes(text));
  }
});

test("a fingerprint distinguishes keys and is always the same", () => {
  assert.match(keyFingerprint(key), /^[0-9a-f]{32}$/);
  assert.equal(keyFingerprint(key), keyFingerprint(Uint8Array.from(key)));
  assert.notEqual(keyFingerprint(key), keyFingerprint(randomBytes(32)));
});
