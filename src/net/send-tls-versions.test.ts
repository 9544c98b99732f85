/** The TLS versions of a connection: the sender's minimum, or that of the endpoint for its requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TlsOptions } from "node:tls";
import { openTestSender, requestTo } from "../../test/net/sender.ts";
import {
  KEEPING,
  openTlsReceiver,
  skipWithoutOpenssl as skip,
} from "../../test/net/tls-receiver.ts";
import type { TlsVersion } from "../core/crypto/tls-version.ts";

const ONLY_10 = {
  minVersion: "TLSv1",
  maxVersion: "TLSv1",
  ciphers: "DEFAULT@SECLEVEL=0",
} as const;
const ONLY_11 = { ...ONLY_10, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } as const;
const ONLY_12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
const ONLY_13 = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
const ANY = { ...ONLY_10, maxVersion: "TLSv1.3" } as const;

const CASES: readonly {
  server: TlsOptions;
  /** Minimum of the sender; 1.2 by default. */
  setting?: TlsVersion;
  /** Minimum of the endpoint. */
  own: TlsVersion | null;
  want: string;
}[] = [
  { server: ONLY_10, own: "1.0", want: "TLSv1" },
  { server: ONLY_10, own: "1.1", want: "tls" },
  { server: ONLY_10, own: "1.2", want: "tls" },
  { server: ONLY_10, own: null, want: "tls" },
  { server: ONLY_11, own: "1.1", want: "TLSv1.1" },
  { server: ONLY_11, own: "1.0", want: "TLSv1.1" },
  { server: ONLY_11, own: null, want: "tls" },
  { server: ONLY_12, own: null, want: "TLSv1.2" },
  { server: ONLY_12, own: "1.3", want: "tls" },
  { server: ONLY_12, setting: "1.3", own: null, want: "tls" },
  { server: ONLY_12, setting: "1.3", own: "1.2", want: "TLSv1.2" },
  { server: ONLY_13, own: "1.3", want: "TLSv1.3" },
  // The minimum is a floor: both sides use the newest version that they share.
  { server: ANY, own: "1.0", want: "TLSv1.3" },
  { server: ANY, own: null, want: "TLSv1.3" },
];

for (const { server, setting, own, want } of CASES) {
  const asked = `${own ?? "no version"} of the endpoint over ${setting ?? "1.2"} of the server`;
  const speaks = `${server.minVersion ?? ""} to ${server.maxVersion ?? ""}`;
  test(`the result is ${want} with ${asked} and a receiver of ${speaks}`, { skip }, async () => {
    await using receiver = await openTlsReceiver("localhost", server);
    await using sender = openTestSender({
      allow: "localhost",
      extraCa: [receiver.cert],
      ...(setting === undefined ? {} : { tlsMinVersion: setting }),
    });
    const outcome = await sender.send({ ...requestTo(receiver.url), tlsMinVersion: own });
    if (want === "tls") {
      assert.ok(outcome.kind === "failed");
      assert.equal(outcome.reason, "tls");
      assert.match(outcome.detail, /TLS version/);
      assert.deepEqual(receiver.versions, []);
    } else {
      assert.equal(outcome.kind === "failed" ? outcome.detail : outcome.status, 200);
      assert.deepEqual(receiver.versions, [want]);
    }
  });
}

test("different minimum versions share no connection", { skip }, async () => {
  await using receiver = await openTlsReceiver("localhost", {}, { answer: KEEPING });
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  const versions: (TlsVersion | null)[] = ["1.0", null, "1.2", "1.3", "1.0", "1.3"];
  for (const tlsMinVersion of versions) {
    const outcome = await sender.send({ ...requestTo(receiver.url), tlsMinVersion });
    assert.equal(outcome.kind, "response");
  }
  // Without a version the sender's minimum applies, 1.2.
  assert.equal(receiver.versions.length, 3);
});

test("no session is resumed across different minimum versions", { skip }, async () => {
  await using receiver = await openTlsReceiver("localhost", ONLY_12);
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  const reused: boolean[] = [];
  for (const tlsMinVersion of ["1.0", "1.2", "1.2", "1.0"] as const) {
    await sender.send({ ...requestTo(receiver.url), tlsMinVersion });
    reused.push(receiver.sockets.at(-1)?.isSessionReused() ?? false);
  }
  assert.deepEqual(reused, [false, false, true, true]);
});

test(
  "the security level is lowered only for endpoints that ask for old versions",
  { skip },
  async () => {
    await using receiver = await openTlsReceiver("localhost", ANY, { weakKey: true });
    await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
    const ends: string[] = [];
    for (const tlsMinVersion of ["1.0", "1.1", "1.2", "1.3", null] as const) {
      const outcome = await sender.send({ ...requestTo(receiver.url), tlsMinVersion });
      ends.push(outcome.kind === "failed" ? outcome.reason : `${outcome.status}`);
    }
    assert.deepEqual(ends, ["200", "200", "tls", "tls", "tls"]);
  },
);

for (const tlsMinVersion of ["1.0", "1.2", "1.3"] as const) {
  test(
    `certificates are checked when ${tlsMinVersion} is the minimum version`,
    { skip },
    async () => {
      await using receiver = await openTlsReceiver("localhost", ANY);
      await using sender = openTestSender({ allow: "localhost" });
      const outcome = await sender.send({ ...requestTo(receiver.url), tlsMinVersion });
      assert.ok(outcome.kind === "failed");
      assert.match(outcome.detail, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    },
  );
}
