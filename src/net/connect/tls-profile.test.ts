/** A client certificate and private authorities: the refusals of each field, and the shown properties. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "../../../test/net/certificates.ts";
import type { Authority, Certificate } from "../../../test/net/certificates.ts";
import {
  makeCertificate,
  RSA_1024,
  skipWithoutOpenssl as skip,
} from "../../../test/net/tls-receiver.ts";
import { checkTlsProfile, nameTlsProfile, showCertificates } from "./tls-profile.ts";
import type { TlsProfile } from "./tls-profile.ts";

const NONE: TlsProfile = { clientCert: null, clientKey: null, ca: null };

describe("a TLS profile", { skip }, () => {
  let authority: Authority;
  let client: Certificate;
  let other: Certificate;
  before(() => {
    authority = makeAuthority("Test root");
    client = authority.issue({ name: "client.example.com" });
    other = authority.issue({ name: "other.example.com" });
  });
  after(() => authority[Symbol.dispose]());

  const findProblem = (given: Partial<TlsProfile>, now = Date.now()) => {
    const found = checkTlsProfile({ ...NONE, ...given }, now);
    return found === null ? null : `${found.field} ${found.problem}`;
  };

  test("is accepted with a pair, with a chain, with authorities, with nothing", () => {
    const { cert, key } = client;
    assert.equal(findProblem({}), null);
    assert.equal(findProblem({ clientCert: cert, clientKey: key }), null);
    assert.equal(findProblem({ clientCert: cert + authority.cert, clientKey: key }), null);
    assert.equal(findProblem({ ca: `# ours\n${authority.cert}\n${other.cert}` }), null);
  });

  test("is refused with the invalid field and its problem", () => {
    const { cert, key } = client;
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "secret",
    });
    const cases: readonly (readonly [Partial<TlsProfile>, RegExp])[] = [
      [{ clientCert: cert }, /^clientKey is required together with clientCert/],
      [{ clientKey: key }, /^clientCert is required together with clientKey/],
      [{ clientCert: "hello", clientKey: key }, /^clientCert contains no certificate in PEM/],
      [{ clientCert: cert + key, clientKey: key }, /^clientCert contains a private key/],
      [{ clientCert: cert.replace(/\n.{20}/, "\nAAAA"), clientKey: key }, /^clientCert cannot be/],
      [{ clientCert: cert, clientKey: "hello" }, /^clientKey contains no private key/],
      [{ clientCert: cert, clientKey: cert }, /^clientKey contains no private key/],
      [
        { clientCert: cert, clientKey: String(encrypted) },
        /^clientKey is protected by a passphrase/,
      ],
      [{ clientCert: cert, clientKey: key.replace(/\n.{20}/, "\nAAAA") }, /^clientKey cannot be/],
      [{ clientCert: cert, clientKey: other.key }, /^clientKey does not belong to/],
      [{ clientCert: authority.cert + cert, clientKey: key }, /^clientKey does not belong to/],
      [{ ca: "hello" }, /^ca contains no certificate/],
      [
        { ca: `${authority.cert}-----BEGIN X509 CRL-----` },
        /^ca contains PEM data that is not a certificate/,
      ],
      [{ ca: authority.cert.repeat(21) }, /^ca has more than 20/],
      [{ ca: authority.cert + "x".repeat(70_000) }, /^ca is larger than 65536 bytes/],
    ];
    for (const [given, problem] of cases) assert.match(findProblem(given) ?? "accepted", problem);
  });

  test("is refused when it has expired or is not valid yet", () => {
    const { cert, key } = client;
    const pair = { clientCert: cert, clientKey: key };
    const inTwentyYears = Date.now() + 20 * 365 * 86_400_000;
    assert.match(findProblem(pair, inTwentyYears) ?? "", /^clientCert expired on \S+: CN=client/);
    assert.match(findProblem(pair, 0) ?? "", /^clientCert is not valid before \S+: CN=client/);
    assert.match(findProblem({ ca: authority.cert }, inTwentyYears) ?? "", /^ca expired on /);
  });

  test("is refused with a key whose handshakes would block the event loop, in any field", () => {
    const large = makeCertificate("large.example.com", ["rsa:4104"]);
    const { cert, key } = client;
    const cases: readonly (readonly [Partial<TlsProfile>, string])[] = [
      [
        { clientCert: large.cert, clientKey: large.key },
        "clientCert cannot be used: certificate 1 of 1 has an RSA key of 4104 bits; at most 4096 are allowed",
      ],
      [
        { clientCert: cert + large.cert, clientKey: key },
        "clientCert cannot be used: certificate 2 of 2 has an RSA key of 4104 bits; at most 4096 are allowed",
      ],
      [
        { clientCert: cert, clientKey: large.key },
        "clientKey has an RSA key of 4104 bits; at most 4096 are allowed",
      ],
      [
        { ca: authority.cert + large.cert },
        "ca cannot be used: certificate 2 of 2 has an RSA key of 4104 bits; at most 4096 are allowed",
      ],
    ];
    for (const [given, problem] of cases) assert.equal(findProblem(given), problem);
  });

  test("is refused when OpenSSL cannot use it", () => {
    const { cert, key } = makeCertificate("weak.example.com", RSA_1024);
    assert.match(
      findProblem({ clientCert: cert, clientKey: key }) ?? "",
      /^clientCert cannot be used/,
    );
  });

  test("is shown by its certificates, never by its key", () => {
    const [first, second] = showCertificates(client.cert + authority.cert);
    assert.equal(first?.subject, "CN=client.example.com");
    assert.equal(first.issuer, "CN=Test root");
    assert.match(first.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.ok(first.notAfter.getTime() > Date.now());
    assert.equal(second?.subject, second?.issuer);
  });

  test("has a unique name, which is equal for an equal profile", () => {
    const { cert, key } = client;
    const names = [
      { ...NONE, clientCert: cert, clientKey: key },
      { ...NONE, clientCert: other.cert, clientKey: other.key },
      { ...NONE, ca: cert },
      { ...NONE, clientCert: cert, clientKey: key, ca: authority.cert },
    ].map((profile) => nameTlsProfile(profile, "app_1").name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(nameTlsProfile({ ...NONE, ca: cert }, "app_1").name, names[2]);
    assert.notEqual(nameTlsProfile({ ...NONE, ca: cert }, "app_2").name, names[2]);
  });
});
