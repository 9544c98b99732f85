/**
 * HOOKLINE_EGRESS_PROXY on a whole server: deliveries go through the proxy, and its password is never shown.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startNativeApi } from "../harness/native-api.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { DIALECTS, eventuallySo, nativeApiAt, openHooks, readMetric } from "./dialect-hooks.ts";
import { openConnectProxy, openSocksProxy } from "./proxies.ts";
import { openAnswering } from "./receiver.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const PASSWORD = "s3cret-of-the-proxy";
const LOGIN = `ursula:${PASSWORD}`;

for (const [kind, open] of [
  ["CONNECT", openConnectProxy],
  ["SOCKS5", openSocksProxy],
] as const) {
  test(`all four dialects deliver through ${kind}, and no log or file contains its password`, async () => {
    using folder = temporaryFolder();
    await using receiver = await openAnswering(OK);
    await using proxy = await open({ credentials: LOGIN });
    const settings = {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_LOG_LEVEL: "trace",
      // Without the proxy no delivery would arrive.
      HOOKLINE_EGRESS_ALLOW: "localhost",
      HOOKLINE_EGRESS_PROXY: proxy.urlWith(LOGIN),
    };
    await using server = await startServer({ settings, captureStdout: true });
    const hooks = await openHooks(nativeApiAt(server.url));
    for (const dialect of DIALECTS) {
      const url = `http://localhost:${receiver.port}/${dialect}`;
      const made = await hooks.create(dialect, url);
      assert.ok(made.accepted, made.text);
    }
    await hooks.publish("m1");
    await eventuallySo(() => receiver.counts.requests.length >= DIALECTS.length, "all arrive");
    assert.deepEqual(new Set(proxy.asked.map(({ host }) => host)), new Set(["localhost"]));

    // The proxy is gone: the log names the cause, and no attempt is used up (I7).
    await proxy[Symbol.asyncDispose]();
    await hooks.publish("m2");
    await eventuallySo(
      () => server.stdout().includes("egress proxy cannot be reached"),
      "the log says so",
    );
    const attempts = await readMetric(server.url, "hookline_attempts_total");
    assert.equal(attempts, DIALECTS.length, "only the first ones count");
    await server.stop();
    for (const text of [server.stdout(), server.stderr(), ...receiver.counts.requests]) {
      assert.ok(!text.includes(PASSWORD) && !text.includes(btoa(LOGIN)));
    }
    for (const name of readdirSync(folder.path)) {
      assert.ok(!readFileSync(join(folder.path, name)).includes(PASSWORD), name);
    }
  });
}

test("an invalid proxy URL stops the start, and is not repeated in the message", async () => {
  const setting = `https://ursula:${PASSWORD}@proxy:3128`;
  await assert.rejects(startNativeApi({ HOOKLINE_EGRESS_PROXY: setting }), (error: Error) => {
    assert.match(error.message, /^HOOKLINE_EGRESS_PROXY: it must be http:\/\/.* or socks5:/);
    assert.ok(!error.message.includes(PASSWORD));
    return true;
  });
});
