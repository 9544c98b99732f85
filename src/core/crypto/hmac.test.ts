import assert from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { hmacBase64, toHmacPads } from "./hmac.ts";

function prepare(secret: Uint8Array) {
  const key = createSecretKey(secret);
  return { key, pads: toHmacPads(key) };
}

function expected(secret: Uint8Array, head: string, body: string | Uint8Array): string {
  return createHmac("sha256", secret).update(head).update(body).digest("base64");
}

const secrets = fc.uint8Array({ minLength: 1, maxLength: 64 });
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  // Lone surrogates too: a body is any text that a payload may contain.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map((units) => String.fromCharCode(...units)),
);

test("a prepared key gives the digest of createHmac, for any secret, head and body", () => {
  fc.assert(
    fc.property(
      secrets,
      texts,
      fc.oneof(texts, fc.uint8Array({ maxLength: 200 })),
      (secret, head, body) => {
        assert.equal(hmacBase64(prepare(secret), head, body), expected(secret, head, body));
      },
    ),
    { numRuns: 1000 },
  );
});

test("messages around the size of the scratch buffer have the digest of createHmac", () => {
  const secret = new Uint8Array(32).fill(7);
  const key = prepare(secret);
  const head = "msg_1.1795348800.";
  for (const length of [
    0, 1, 16_384, 21_804, 21_805, 21_806, 21_807, 65_471, 65_472, 65_536, 300_000,
  ]) {
    for (const unit of ["a", "é", "\uD83D\uDE00", "\uFFFF"]) {
      const body = unit.repeat(length / unit.length);
      assert.equal(hmacBase64(key, head, body), expected(secret, head, body), `${length} ${unit}`);
    }
  }
});

test("keys that are used in turn do not mix, and a short key is padded", () => {
  const one = new Uint8Array([1]);
  const other = new Uint8Array(64).fill(2);
  const [first, second] = [prepare(one), prepare(other)];
  for (let n = 0; n < 3; n++) {
    assert.equal(hmacBase64(first, "h.", "body"), expected(one, "h.", "body"));
    assert.equal(hmacBase64(second, "h.", "b"), expected(other, "h.", "b"));
  }
  assert.throws(() => prepare(new Uint8Array(65)), /longer than one block/);
});
