import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createKeyRing, sealWith, unsealWith } from "./key-ring.ts";
import { sealedKeyId } from "./seal.ts";

const old = { key: randomBytes(32), keyId: 1 };
const fresh = { key: randomBytes(32), keyId: 2 };
const boundTo = "endpoint:ep_1:secret";
const text = (plaintext: string) => ({ plaintext, boundTo, iv: randomBytes(12) });

test("before, during and after a change of the key every value opens", () => {
  const ring = createKeyRing({ current: old, previous: null, isSettled: true });
  const first = sealWith(ring, text("first"));
  ring.change({ current: fresh, previous: old, isSettled: false });
  const second = sealWith(ring, text("second"));
  assert.deepEqual([first, second].map(sealedKeyId), [1, 2]);
  assert.equal(unsealWith(ring, { sealed: first, boundTo }), "first");
  assert.equal(unsealWith(ring, { sealed: second, boundTo }), "second");
  ring.change({ current: fresh, previous: null, isSettled: true });
  assert.equal(unsealWith(ring, { sealed: second, boundTo }), "second");
  assert.throws(() => unsealWith(ring, { sealed: first, boundTo }), /needs key 1, which is not/);
});

test("the number of a key says which one is tried, so another key under it opens nothing", () => {
  const sealed = sealWith({ current: old, previous: null, isSettled: true }, text("x"));
  const other = { key: randomBytes(32), keyId: old.keyId };
  const ring = { current: other, previous: null, isSettled: true };
  assert.throws(() => unsealWith(ring, { sealed, boundTo }), /does not open/);
});
