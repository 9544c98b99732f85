import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openChirpApp, toWebhook } from "../../../../test/harness/chirp-app.ts";
import type { ChirpApp } from "../../../../test/harness/chirp-app.ts";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import type { NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receiver } from "../../../../test/harness/receiver.ts";

let api: NativeApi;
let receiver: Receiver;
let app: ChirpApp;
before(async () => {
  receiver = await startReceiver();
  api = await startNativeApi();
  app = await openChirpApp(api, { name: "Playground", test: true });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

type Received = { event: string; data: { message: Record<string, unknown>; app: { id: string } } };

for (const channel of ["sms", "whatsapp"] as const) {
  test(`a simulated inbound ${channel} message arrives like a real one`, async () => {
    const event = `messages.${channel}.received`;
    const path = `/${channel}`;
    const hook = { url: receiver.url + path, events: [event] };
    toWebhook(await app.call("POST", "/webhooks", { body: hook }), 201);
    const inbound = {
      from: "+15559876543",
      to: "+15551234567",
      text: "Hello from a simulated user",
    };
    const sent = [inbound, { ...inbound, subject: "Twice the same" }];
    for (const body of sent) {
      const answer = await app.call("POST", `/playground/${channel}/inbound`, { body });
      assert.equal(answer.status, 202, answer.text);
      assert.deepEqual(answer.body, { message: "Inbound message accepted" });
    }
    const arrived = () => receiver.receipts.filter((receipt) => receipt.path === path);
    await receiver.until(() => arrived().length === sent.length);
    const bodies = arrived().map(({ body }) => JSON.parse(body) as Received);
    for (const { event: name, data } of bodies) {
      assert.equal(name, event);
      assert.equal(data.app.id, app.id);
      const { from, to, text, direction } = data.message;
      assert.deepEqual({ from, to, text }, inbound);
      assert.equal(direction, "inbound");
    }
    assert.equal(new Set(bodies.map(({ data }) => data.message["id"])).size, sent.length);
  });
}
