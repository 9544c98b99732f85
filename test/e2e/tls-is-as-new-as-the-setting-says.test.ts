/**
 * HOOKLINE_TLS_MIN on a whole server. Nobody vouches for the receiver's certificate, so what the
 * attempt says tells how far the handshake came; what is spoken then is `net/send-tls-versions.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../harness/engine.ts";
import { startNativeApi } from "../harness/native-api.ts";
import { openTlsReceiver, skipWithoutOpenssl as skip } from "../net/tls-receiver.ts";

for (const [setting, want] of [
  ["1.2", /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["1.3", /no TLS version that is new enough/],
] as const) {
  const title = `with ${setting} a receiver of TLS 1.2 is told of by ${want.source}`;
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
