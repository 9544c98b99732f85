/**
 * The TLS profile of an endpoint: its certificate is shown to its receiver, its authorities apply to that
 * receiver only, and connections are not shared.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "../../test/net/certificates.ts";
import type { Authority, Certificate } from "../../test/net/certificates.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import {
  KEEPING,
  openAlertingReceiver,
  openTlsReceiver,
  skipWithoutOpenssl as skip,
} from "../../test/net/tls-receiver.ts";
import { nameTlsProfile } from "./connect/tls-profile.ts";
import type { TlsProfile } from "./connect/tls-profile.ts";

describe("a request with a TLS profile", { skip }, () => {
  let authority: Authority;
  let others: Authority;
  let server: Certificate;
  let client: Certificate;
  before(() => {
    authority = makeAuthority("Ours");
    others = makeAuthority("Theirs");
    server = authority.issue({ name: "localhost" });
    client = authority.issue({ name: "client.example.com" });
  });
  after(() => {
    authority[Symbol.dispose]();
    others[Symbol.dispose]();
  });

  const profile = (given: Partial<TlsProfile>) =>
    nameTlsProfile({ clientCert: null, clientKey: null, ca: null, ...given }, "app_1");
  const asClient = ({ cert, key }: Certificate) =>
    profile({ clientCert: cert, clientKey: key, ca: authority.cert });

  test("trusts its authorities and no others", async () => {
    await using receiver = await openTlsReceiver("localhost", {}, { certificate: server });
    // Authorities that apply to every receiver do not apply to an endpoint with authorities.
    await using sender = openTestSender({ allow: "localhost", extraCa: [authority.cert] });
    const send = (given: Partial<TlsProfile> | null) =>
      sender.send({ ...requestTo(receiver.url), tls: given === null ? null : profile(given) });
    assert.equal((await send(null)).kind, "response");
    assert.equal((await send({ ca: authority.cert })).kind, "response");
    assert.equal((await send({ ca: others.cert + authority.cert })).kind, "response");
    const refused = await send({ ca: others.cert });
    assert.ok(refused.kind === "failed");
    assert.equal(refused.reason, "tls");
    assert.match(refused.detail, /the issuer of the certificate is not trusted/);
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`shows its certificate to a receiver that asks for one in ${version}`, async () => {
      const asks = {
        requestCert: true,
        ca: [authority.cert],
        minVersion: version,
        maxVersion: version,
      };
      await using receiver = await openTlsReceiver("localhost", asks, { certificate: server });
      await using sender = openTestSender({ allow: "localhost", extraCa: [authority.cert] });
      const send = (tls: Parameters<typeof nameTlsProfile>[0] | null) =>
        sender.send({
          ...requestTo(receiver.url),
          tls: tls === null ? null : nameTlsProfile(tls, "app_1"),
        });
      assert.equal((await send(asClient(client))).kind, "response");
      const refused = await send(null);
      assert.ok(refused.kind === "failed");
      const stranger = await send(asClient(others.issue({ name: "stranger.example.com" })));
      assert.ok(stranger.kind === "failed");
      assert.deepEqual(receiver.clients, ["client.example.com"]);
    });
  }

  test("reports that the receiver requires a certificate or does not trust it", async () => {
    // Node's servers close the connection without an alert; this one sends an alert, as most do.
    await using receiver = await openAlertingReceiver(server, { clientCa: authority.cert });
    await using sender = openTestSender({ allow: "localhost", extraCa: [authority.cert] });
    const none = await sender.send(requestTo(receiver.url));
    assert.ok(none.kind === "failed");
    assert.equal(none.reason, "tls");
    assert.match(
      none.detail,
      /the receiver requires a client certificate; add one to the endpoint/,
    );
    const { cert, key } = others.issue({ name: "stranger.example.com" });
    const tls = profile({ clientCert: cert, clientKey: key, ca: authority.cert });
    const stranger = await sender.send({ ...requestTo(receiver.url), tls });
    assert.ok(stranger.kind === "failed");
    assert.equal(stranger.reason, "tls");
    assert.match(
      stranger.detail,
      /the receiver does not trust the issuer of the client certificate/,
    );
  });

  test("shares neither a connection nor a session with another profile at the same origin", async () => {
    const asks = { requestCert: true, rejectUnauthorized: false, ca: [authority.cert] };
    const more = { certificate: server, answer: KEEPING };
    await using receiver = await openTlsReceiver("localhost", asks, more);
    await using sender = openTestSender({ allow: "localhost", extraCa: [authority.cert] });
    const second = authority.issue({ name: "second.example.com" });
    const kinds = [asClient(client), asClient(second), profile({ ca: authority.cert }), null];
    for (const tls of [...kinds, ...kinds]) {
      const outcome = await sender.send({ ...requestTo(receiver.url), tls });
      assert.equal(outcome.kind, "response");
    }
    const shown = [...receiver.clients];
    assert.deepEqual(shown, ["client.example.com", "second.example.com", undefined, undefined]);
    assert.equal(sender.openSockets(), kinds.length);
    // Their connections are closed, so each profile can resume only its sessions.
    for (const socket of receiver.sockets) socket.destroy();
    while (sender.openSockets() > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const tls of kinds) {
      const outcome = await sender.send({ ...requestTo(receiver.url), tls });
      assert.equal(outcome.kind, "response");
    }
    assert.deepEqual(receiver.clients.slice(kinds.length), shown);
  });
});
