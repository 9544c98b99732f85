import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { estimateHandshakeMs, problemOfKey } from "./certificate-keys.ts";

const rsa = (modulusLength: number, publicExponent = 65_537n) => ({
  asymmetricKeyType: "rsa" as const,
  asymmetricKeyDetails: { modulusLength, publicExponent },
});
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey;

test("RSA up to 4096 bits, three curves and the Edwards keys are allowed", () => {
  const allowed = [
    rsa(1024),
    rsa(4096),
    { ...rsa(4096), asymmetricKeyType: "rsa-pss" as const },
    ec("P-256"),
    ec("P-384"),
    ec("P-521"),
    generateKeyPairSync("ed25519").publicKey,
    generateKeyPairSync("ed448").publicKey,
  ];
  assert.deepEqual(
    allowed.map(problemOfKey),
    allowed.map(() => null),
  );
});

test("longer RSA, large exponents, other curves and other kinds of keys are refused with a reason", () => {
  assert.match(problemOfKey(rsa(4097)) ?? "", /^has an RSA key of 4097 bits; at most 4096/);
  assert.match(problemOfKey(rsa(2048, 2n ** 32n)) ?? "", /exponent is longer than 32 bits/);
  assert.match(problemOfKey({ asymmetricKeyType: "rsa" }) ?? "", /of Infinity bits/);
  assert.match(
    problemOfKey(ec("secp256k1")) ?? "",
    /^has a key on an unsupported curve; P-256, P-384 and P-521/,
  );
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).publicKey;
  assert.match(problemOfKey(dsa) ?? "", /^has a key of an unsupported type; RSA, P-256/);
});

test("the longer its client key, the more a handshake costs", () => {
  const costs = [null, ec("P-256"), rsa(2048), rsa(3072), rsa(4096)].map(estimateHandshakeMs);
  assert.deepEqual(
    costs,
    costs.toSorted((a, b) => a - b),
  );
  assert.ok((costs[0] ?? 0) > 0);
});
