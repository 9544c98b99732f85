/**
 * HOOKLINE_TLS_MIN on a whole server. The receiver's certificate is self-signed, so the failure shows how far
 * the handshake got; `net/send-tls-versions.test.ts` tests the versions that are spoken then.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../harness/engine.ts";
import { startNativeApi } from "../harness/native-api.ts";
import { openTlsReceiver, skipWithoutOpenssl as skip } from "../net/tls-receiver.ts";

for (const [setting, want] of [
  ["1.2", /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["1.3", /supports only TLS versions older than this endpoint's minimum/],
] as const) {
  const title = `with ${setting} the attempt at a receiver of TLS 1.2 shows ${want.source}`;
  test(title, { skip }, async () => {
    await using receiver = await openTlsReceiver("localhost", { maxVersion: "TLSv1.2" });
    await using api = await startNativeApi({
      HOOKLINE_TLS_MIN: setting,
      HOOKLINE_EGRESS_ALLOW: "localhost",
    });
    await api.svix.application.create({ name: "a", uid: "a" });
    const { id } = await api.svix.endpoint.create("a", { url: receiver.url });
    await api.svix.message.create("a", { eventType: "a.b", payload: {} });
    const [attempt] = await eventually(
      async () =>
        (await api.svix.messageAttempt.listByEndpoint("a", id, { withContent: true })).data,
      ([first]) => (first?.response ?? "") !== "",
    );
    assert.match(attempt?.response ?? "", want);
  });
}
