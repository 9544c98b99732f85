/**
 * Bodies over the limit of their call: clients that write everything before they read can read the refusal.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { openChirpApp } from "../../test/harness/chirp-app.ts";
import { openSendblueAccount } from "../../test/harness/sendblue-account.ts";
import { ADMIN_TOKEN, startNativeApi } from "../../test/harness/native-api.ts";
import type { NativeApi } from "../../test/harness/native-api.ts";
import { openRawSocket } from "../../test/harness/raw-socket.ts";
import type { RawSocket } from "../../test/harness/raw-socket.ts";
import { MOST_DROPPED_BYTES } from "./drop-rest.ts";

const MIB = 1024 * 1024;
const HEALTH = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";

let api: NativeApi;
const credentials = new Map<string, string>();
before(async () => {
  api = await startNativeApi();
  await api.svix.application.create({ name: "a", uid: "a" });
  const { key } = await openChirpApp(api, { name: "c" });
  credentials.set("/v1/webhooks", `authorization: Bearer ${key}`);
  const sendblue = Object.entries((await openSendblueAccount(api)).credentials);
  const headers = sendblue.map(([name, value]) => `${name}: ${value}`).join("\r\n");
  credentials.set("/api/account/webhooks", headers);
});
after(() => api[Symbol.asyncDispose]());

for (const [path, refused] of [
  ["/api/v1/app/a/msg", /413 Payload Too Large.*payload_too_large.*1 MiB.*Limit: event_bytes\./s],
  ["/api/v1/app/a/msg/batch", /413 Payload Too Large.*8 MiB.*Limit: batch_bytes\./s],
  ["/v1/webhooks", /413 Payload Too Large/],
  ["/api/account/webhooks", /413 Payload Too Large/],
  ["/webhook/add", /"success":false/],
] as const) {
  test(`a body over the limit of ${path} gets a readable refusal, and the connection continues`, async () => {
    for (const isChunked of [false, true]) {
      using client = await openRawSocket(api.url);
      client.socket.pause();
      await writeBody(client, path, { bytes: 12 * MIB, isChunked });
      client.write(HEALTH);
      client.socket.resume();
      await heard(client, /\{"status":"ok"\}/);
      assert.match(client.received(), refused);
    }
  });
}

test("a client that continues to send beyond the limit is disconnected", async () => {
  using client = await openRawSocket(api.url);
  const bytes = MOST_DROPPED_BYTES + 32 * MIB;
  await writeBody(client, "/api/v1/app/a/msg", { bytes, isChunked: false });
  assert.ok(await client.closed(10_000));
  assert.match(client.received(), /413/);
  assert.ok(client.socket.bytesWritten < bytes);
});

/** Stops early when the other side has closed. */
async function writeBody(
  client: RawSocket,
  path: string,
  { bytes, isChunked }: { readonly bytes: number; readonly isChunked: boolean },
): Promise<void> {
  const credential = credentials.get(path) ?? `authorization: Bearer ${ADMIN_TOKEN}`;
  const length = isChunked ? "transfer-encoding: chunked" : `content-length: ${bytes}`;
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: a\r\n${credential}\r\n` +
      `content-type: application/json\r\n${length}\r\n\r\n`,
  );
  const piece = Buffer.alloc(MIB, "x");
  const framed = Buffer.concat([Buffer.from("100000\r\n"), piece, Buffer.from("\r\n")]);
  for (let sent = 0; sent < bytes; sent += MIB) {
    if (client.socket.destroyed) return;
    const isWritable = client.socket.write(isChunked ? framed : piece);
    if (isWritable) continue;
    await eventOrClose(client, "drain");
  }
  if (isChunked) client.write("0\r\n\r\n");
}

async function heard(client: RawSocket, form: RegExp): Promise<void> {
  while (!form.test(client.received())) {
    assert.ok(!client.socket.destroyed, `closed after: ${client.received().slice(0, 500)}`);
    await eventOrClose(client, "data");
  }
}

async function eventOrClose({ socket }: RawSocket, name: "data" | "drain"): Promise<void> {
  const ended = Promise.race([once(socket, name), once(socket, "close")]);
  // A reset counts as a close.
  await ended.catch(() => undefined);
}
