import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { AppError } from "../error.ts";
import {
  createKeyCache,
  generateKeyPair,
  generateSecret,
  importSigningKey,
  importVerifyingKey,
  checkRotation,
  liveSecrets,
  publicKeyText,
} from "./signing-secret.ts";

const PRIVATE =
  "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

function toSecret(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
}

function reason(secret: string, take: (secret: string) => unknown = importSigningKey): string {
  try {
    take(secret);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid_field");
    return error.message;
  }
  return assert.fail("the secret was taken");
}

test("symmetric secrets of 24 to 64 bytes are accepted, with the prefix and without", () => {
  for (const bytes of [24, 32, 64]) {
    assert.equal(importSigningKey(toSecret(bytes)).version, "v1");
    assert.equal(importSigningKey(toSecret(bytes).slice("whsec_".length)).version, "v1");
  }
  assert.match(reason(toSecret(23)), /24 to 64 bytes long; this one has 23/);
  assert.match(reason(toSecret(65)), /this one has 65/);
});

test("unpadded base64 is accepted; other text is refused and not repeated in the message", () => {
  assert.equal(importSigningKey(toSecret(25).replace(/=+$/, "")).version, "v1");
  for (const secret of ["", "whsec_", "whsk_"]) assert.match(reason(secret), /empty/);
  const broken = "whsec_not base64 at all, but long enough!!";
  assert.match(reason(broken), /not base64/);
  assert.doesNotMatch(reason(broken), /enough/);
  assert.match(reason(`${toSecret(32)}===`), /not base64/);
});

test("an ed25519 key is accepted as seed or as seed and matching public half", () => {
  const full = Buffer.from(PRIVATE.slice(5), "base64");
  const seedOnly = `whsk_${full.subarray(0, 32).toString("base64")}`;
  for (const secret of [PRIVATE, seedOnly]) {
    const key = importSigningKey(secret);
    assert.equal(key.version, "v1a");
    assert.equal(publicKeyText(key), PUBLIC);
  }
  full[63] = (full[63] as number) ^ 1;
  assert.match(reason(`whsk_${full.toString("base64")}`), /does not belong/);
  assert.match(reason(`whsk_${full.subarray(0, 33).toString("base64")}`), /32 or 64 bytes/);
});

test("a public key verifies but does not sign", () => {
  assert.equal(publicKeyText(importVerifyingKey(PUBLIC)), PUBLIC);
  assert.match(reason(PUBLIC), /cannot sign/);
  assert.match(reason("whpk_AAAA", importVerifyingKey), /32 bytes long; this one has 3/);
  assert.equal(publicKeyText(importSigningKey(toSecret(32))), null);
});

test("generated secrets can be imported, and no two are alike", () => {
  const secret = generateSecret(randomBytes);
  assert.equal(importSigningKey(secret).key.symmetricKeySize, 32);
  assert.notEqual(secret, generateSecret(randomBytes));
  const pair = generateKeyPair(randomBytes);
  assert.equal(publicKeyText(importSigningKey(pair.secret)), pair.publicKey);
  assert.equal(Buffer.from(pair.secret.slice(5), "base64").length, 64);
});

test("a cached key is the same object until other keys evict it", () => {
  const cache = createKeyCache(2);
  const first = cache.toKey(toSecret(24));
  cache.toKey(toSecret(25));
  assert.equal(cache.toKey(toSecret(24)), first);
  const second = cache.toKey(toSecret(25));
  cache.toKey(toSecret(24));
  cache.toKey(toSecret(26));
  assert.equal(cache.toKey(toSecret(24)), first);
  assert.notEqual(cache.toKey(toSecret(25)), second);
});

test("after a rotation the current secret comes first and old ones sign until their overlap ends", () => {
  const kept = [
    { secret: "oldest", createdAt: 1, expiresAt: 100 },
    { secret: "older", createdAt: 2, expiresAt: 200 },
    { secret: "old", createdAt: 3, expiresAt: 300 },
    { secret: "current", createdAt: 4, expiresAt: null },
  ];
  const names = (now: number) => liveSecrets(kept, now).map(({ secret }) => secret);
  assert.deepEqual(names(50), ["current", "old", "older", "oldest"]);
  assert.deepEqual(names(199), ["current", "old", "older"]);
  assert.deepEqual(names(200), ["current", "old"]);
  assert.deepEqual(names(300), ["current"]);
});

test("ten secrets may sign; a rotation beyond that names the instant when the first overlap ends", () => {
  const replaced = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ createdAt: i, expiresAt: 1000 - i * 10 }));
  const current = { createdAt: 99, expiresAt: null };
  const rotation = { overlapUntil: 60_000, now: 100 };
  checkRotation([current, ...replaced(8)], rotation);
  assert.throws(() => checkRotation([current, ...replaced(9)], rotation), {
    code: "limit_reached",
    message: /1970-01-01T00:00:00\.920Z/,
  });
  checkRotation([current, ...replaced(9)], { overlapUntil: 60_000, now: 920 });
  checkRotation([current, ...replaced(9)], { overlapUntil: 100, now: 100 });
});
