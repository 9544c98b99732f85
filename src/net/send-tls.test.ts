import assert from "node:assert/strict";
import { test } from "node:test";
import type { TlsOptions } from "node:tls";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import {
  KEEPING,
  makeCertificate,
  openAlertingReceiver,
  openTlsReceiver,
  P_256,
  skipWithoutOpenssl as skip,
} from "../../test/net/tls-receiver.ts";

test(
  "the certificate is checked against the name while the connection goes to the checked address",
  { skip },
  async () => {
    await using receiver = await openTlsReceiver("hook.example.com");
    await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
    await using sender = openTestSender({ servers: [dns.address], extraCa: [receiver.cert] });
    const right = await sender.send(requestTo(`https://hook.example.com:${receiver.port}/`));
    assert.equal(right.kind === "failed" ? right.detail : right.status, 200);
    assert.equal(receiver.sockets[0]?.servername, "hook.example.com");
    assert.equal(receiver.sockets[0]?.alpnProtocol, "http/1.1");

    const wrong = await sender.send(requestTo(`https://other.example.com:${receiver.port}/`));
    assert.ok(wrong.kind === "failed");
    assert.equal(wrong.reason, "tls");
    assert.match(wrong.detail, /ERR_TLS_CERT_ALTNAME_INVALID/);
  },
);

test("a TLS session is resumed only with the host that it was made with", { skip }, async () => {
  await using receiver = await openTlsReceiver("hook.example.com");
  await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
  await using sender = openTestSender({ servers: [dns.address], extraCa: [receiver.cert] });
  for (let count = 0; count < 3; count += 1) {
    const outcome = await sender.send(requestTo(`https://hook.example.com:${receiver.port}/`));
    assert.equal(outcome.kind, "response");
  }
  assert.equal(receiver.sockets.at(-1)?.isSessionReused(), true);
  const other = await sender.send(requestTo(`https://other.example.com:${receiver.port}/`));
  assert.equal(other.kind === "failed" && other.reason, "tls");
});

test(
  "an untrusted certificate fails with tls, regardless of the environment",
  { skip },
  async (t) => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    t.after(() => {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    });
    await using receiver = await openTlsReceiver("localhost");
    await using sender = openTestSender({ allow: "localhost" });
    const outcome = await sender.send(requestTo(`https://localhost:${receiver.port}/`));
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, "tls");
    assert.match(outcome.detail, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    assert.equal(sender.openSockets(), 0);
  },
);

test("a receiver with only TLS 1.1 and older fails with tls", { skip }, async () => {
  const old: TlsOptions = {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  };
  await using receiver = await openTlsReceiver("localhost", old);
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  const outcome = await sender.send(requestTo(`https://localhost:${receiver.port}/`));
  assert.equal(outcome.kind === "failed" && outcome.reason, "tls");
});

test(
  "a receiver without a certificate for the requested name is reported as such",
  { skip },
  async () => {
    const certificate = makeCertificate("localhost", P_256);
    await using receiver = await openAlertingReceiver(certificate, {
      nameOnly: "other.example.com",
    });
    await using sender = openTestSender({ allow: "localhost", extraCa: [certificate.cert] });
    const outcome = await sender.send(requestTo(receiver.url));
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, "tls");
    assert.match(outcome.detail, /the receiver has no certificate for this host name/);
  },
);

test(
  "a second answer in the next TLS record is not taken for the answer to the next request",
  { skip },
  async () => {
    // Without `noDelay` the second record would wait until the first is acknowledged.
    const options = { noDelay: true };
    await using receiver = await openTlsReceiver("localhost", options, { answer: KEEPING });
    await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
    // The receiver has written its answer when this is called.
    receiver.onData(() => {
      receiver.sockets.at(-1)?.write("HTTP/1.1 299 Surplus\r\ncontent-length: 0\r\n\r\n");
    });
    for (let n = 0; n < 6; n += 1) {
      const outcome = await sender.send(requestTo(receiver.url));
      assert.equal(outcome.kind === "response" && outcome.status, 200);
      assert.equal(outcome.isResent, false);
    }
    assert.equal(receiver.sockets.length, 6);
  },
);

test("no receiver can renegotiate, under any certificate", { skip }, async () => {
  await using receiver = await openTlsReceiver(
    "localhost",
    { maxVersion: "TLSv1.2" },
    { answer: "" },
  );
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  let isRenegotiated = false;
  const { promise: heard, resolve } = Promise.withResolvers<Error | undefined>();
  receiver.onData(() => {
    const [socket] = receiver.sockets;
    socket?.on("error", resolve);
    socket?.renegotiate({}, () => (isRenegotiated = true));
  });
  const outcome = await sender.send({ ...requestTo(receiver.url), deadlineMs: 1000 });
  assert.equal(outcome.kind, "failed");
  assert.match(String(await heard), /no renegotiation/);
  assert.equal(isRenegotiated, false);
});

test("a receiver that supports only HTTP/2 is reported as such", { skip }, async () => {
  await using receiver = await openTlsReceiver("localhost", { ALPNProtocols: ["h2"] });
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  const outcome = await sender.send(requestTo(receiver.url));
  assert.equal(outcome.kind === "failed" && outcome.reason, "tls");
  assert.match(outcome.kind === "failed" ? outcome.detail : "", /supports only HTTP\/2/);
});
