import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { signContent, verifySignature } from "./signature.ts";
import {
  generateKeyPair,
  generateSecret,
  importSigningKey,
  importVerifyingKey,
} from "./signing-secret.ts";

// The test vectors that every Standard Webhooks library and Svix's tests share.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PRIVATE =
  "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const V1A =
  "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECONDS = 1614265330;
const BODY = '{"test": 2432232314}';

const signKeys = [importSigningKey(SECRET), importSigningKey(PRIVATE)];
const content = { id: ID, timestampSeconds: SECONDS, body: BODY };

function verdict(
  headers: Partial<{ id: string; timestamp: string; signature: string }>,
  more: { body?: string; now?: number; secret?: string } = {},
): string {
  const result = verifySignature({
    headers: { id: ID, timestamp: String(SECONDS), signature: V1, ...headers },
    body: more.body ?? BODY,
    keys: [importVerifyingKey(more.secret ?? SECRET)],
    now: more.now ?? SECONDS * 1000,
  });
  return result.ok ? "ok" : result.reason;
}

test("the published vectors of v1 and v1a are reproduced, the current key first", () => {
  assert.equal(signContent({ ...content, keys: signKeys }), `${V1} ${V1A}`);
  assert.equal(
    signContent({ ...content, body: Buffer.from(BODY), keys: signKeys }),
    `${V1} ${V1A}`,
  );
  assert.equal(verdict({}), "ok");
  assert.equal(verdict({ signature: V1A }, { secret: PUBLIC }), "ok");
  assert.equal(verdict({ signature: V1A }, { secret: PRIVATE }), "ok");
});

test("the reference library and Svix's SDK accept the signatures, also under an old secret", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const body = JSON.stringify(value);
      const timestampSeconds = Math.floor(Date.now() / 1000);
      const [current, previous] = [generateSecret(randomBytes), generateSecret(randomBytes)];
      const keys = [current, previous, PRIVATE].map(importSigningKey);
      const headers = {
        "webhook-id": ID,
        "webhook-timestamp": String(timestampSeconds),
        "webhook-signature": signContent({ id: ID, timestampSeconds, body, keys }),
      };
      for (const secret of [current, previous]) {
        new StandardWebhook(secret).verify(body, headers);
        new SvixWebhook(secret).verify(body, headers);
      }
      assert.throws(() => new StandardWebhook(SECRET).verify(body, headers));
    }),
    { numRuns: 30 },
  );
});

test("signatures of the reference library are accepted", () => {
  const signature = new StandardWebhook(SECRET).sign(ID, new Date(SECONDS * 1000), BODY);
  assert.equal(verdict({ signature }), "ok");
});

test("another body, another id, another time or a cut signature does not match", () => {
  for (const [signature, secret] of [
    [V1, SECRET],
    [V1A, PUBLIC],
  ] as const) {
    assert.equal(verdict({ signature }, { secret, body: `${BODY} ` }), "no_match");
    assert.equal(verdict({ signature, id: "msg_other" }, { secret }), "no_match");
    assert.equal(verdict({ signature, timestamp: String(SECONDS + 1) }, { secret }), "no_match");
    assert.equal(verdict({ signature: signature.slice(0, -8) }, { secret }), "no_match");
  }
  assert.equal(verdict({ signature: "v1," }), "no_match");
  assert.equal(verdict({ signature: "v1" }), "no_match");
  assert.equal(verdict({}, { secret: generateKeyPair(randomBytes).publicKey }), "no_match");
});

test("one match among several signatures and unknown versions is enough", () => {
  assert.equal(verdict({ signature: `v9,AAAA v1,AAAA ${V1A} ${V1}` }), "ok");
});

test("missing headers and a timestamp that is not a number are distinguished", () => {
  assert.equal(verdict({ id: "" }), "missing_header");
  assert.equal(verdict({ timestamp: "" }), "missing_header");
  assert.equal(verdict({ signature: "" }), "missing_header");
  assert.equal(verdict({ timestamp: "soon" }), "bad_timestamp");
  assert.equal(verdict({ timestamp: "1e9" }), "bad_timestamp");
});

test("a timestamp may differ by five minutes either way, and no more", () => {
  assert.equal(verdict({}, { now: (SECONDS + 300) * 1000 + 999 }), "ok");
  assert.equal(verdict({}, { now: (SECONDS + 301) * 1000 }), "too_old");
  assert.equal(verdict({}, { now: (SECONDS - 300) * 1000 }), "ok");
  assert.equal(verdict({}, { now: (SECONDS - 301) * 1000 }), "too_new");
});

test("an id with a full stop is never signed, since it could shift the signed content", () => {
  assert.throws(() => signContent({ ...content, id: "a.1", keys: signKeys }), TypeError);
});

test("an empty body and bytes that are not UTF-8 are signed unchanged", () => {
  const body = Uint8Array.from([0xff, 0x00, 0xfe]);
  const [key] = signKeys as [(typeof signKeys)[number]];
  for (const each of ["", body]) {
    const signature = signContent({ ...content, body: each, keys: [key] });
    const headers = { id: ID, timestamp: String(SECONDS), signature };
    const now = SECONDS * 1000;
    assert.ok(verifySignature({ headers, body: each, keys: [key], now }).ok);
  }
  assert.notEqual(
    signContent({ ...content, body, keys: [key] }),
    signContent({ ...content, body: Buffer.from(body).toString(), keys: [key] }),
  );
});
