/**
 * A body is fixed when its event is accepted (I2). In each dialect the second attempt sends the bytes of the
 * first one. The message, the contact, the line and the application have changed in between.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dialect } from "../../src/core/snapshot.ts";
import { openChirpApp } from "../harness/chirp-app.ts";
import { startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt } from "../harness/receiver.ts";
import { openZipwhipLine } from "../harness/zipwhip-line.ts";

const LINE = "+12065550142";
const CONTACT = "+12065550188";
const DIALECTS: readonly Dialect[] = ["svix", "zipwhip", "sendblue", "chirp"];

test("the second attempt sends the bytes of the first, in every dialect, although the data has changed in between", async () => {
  await using api = await startNativeApi();
  // Each receiver refuses its first request, so the delivery is retried.
  const seen = new Set<string>();
  await using receiver = await startReceiver(({ path }, response) => {
    response.writeHead(seen.has(path) ? 200 : 503).end();
    seen.add(path);
  });
  const chirp = await openChirpApp(api, { name: "Bakery" });
  const app = chirp.id;
  await api.svix.application.patch(app, { metadata: { accountEmail: "owner@bakery.example" } });

  await api.svix.endpoint.create(app, {
    url: `${receiver.url}/svix`,
    eventTypes: ["message.progress"],
  });
  const line = await openZipwhipLine(api, { app, number: LINE });
  const url = `${receiver.url}/zipwhip`;
  await line.done("/webhook/add", { type: "message", event: "progress", url });
  const hook = await chirp.call("POST", "/webhooks", {
    body: { url: `${receiver.url}/chirp`, events: ["messages.sms.delivered"] },
  });
  assert.equal(hook.status, 201, hook.text);
  const key = await api.call("POST", `/app/${app}/key`, { body: { kind: "sendblue" } });
  const { keyId, keySecret } = key.body as { readonly keyId: string; readonly keySecret: string };
  const added = await fetch(`${api.url}/api/account/webhooks`, {
    method: "POST",
    headers: {
      "sb-api-key-id": keyId,
      "sb-api-secret-key": keySecret,
      "content-type": "application/json",
    },
    body: JSON.stringify({ webhooks: [`${receiver.url}/sendblue`], type: "outbound" }),
  });
  assert.equal(added.status, 200);

  const publish = (eventType: string, payload: object) =>
    api.svix.message.create(app, { eventType, payload });
  const message = { id: "m-1", channel: "sms", from: LINE, to: CONTACT, text: "Ready at four" };
  // A historical event: it is stored and not delivered.
  await api.call("POST", `/app/${app}/msg`, {
    body: { eventType: "message.sent", payload: { message }, historical: true },
  });
  const reported = await publish("message.progress", {
    message: { id: "m-1", status: "delivered_to_handset" },
  });
  const of = (dialect: Dialect): readonly Receipt[] =>
    receiver.receipts.filter(({ path }) => path === `/${dialect}`);
  await receiver.until(() => DIALECTS.every((dialect) => of(dialect).length === 1));

  await publish("message.progress", { message: { id: "m-1", status: "read_by_recipient" } });
  await publish("contact.updated", { contact: { number: CONTACT, firstName: "Dana" } });
  await publish("optout.changed", { line: LINE, contact: CONTACT, type: "STOP" });
  await api.svix.application.patch(app, {
    name: "Another name",
    metadata: { accountEmail: "another@bakery.example" },
  });
  assert.equal((await api.call("DELETE", `/app/${app}/line/${line.id}`)).status, 204);
  await openZipwhipLine(api, { app, number: LINE, payloadGeneration: "2015" });

  const { data: endpoints } = await api.svix.endpoint.list(app);
  for (const { id } of endpoints) await api.svix.messageAttempt.resend(app, reported.id, id);
  const repeats = (dialect: Dialect) =>
    of(dialect).filter(({ headers }) => headers["webhook-id"] === firstId(dialect));
  const firstId = (dialect: Dialect) => of(dialect)[0]?.headers["webhook-id"];
  await receiver.until(() => DIALECTS.every((dialect) => repeats(dialect).length === 2));
  for (const dialect of DIALECTS) {
    const [first, second] = repeats(dialect);
    assert.equal(second?.body, first?.body, dialect);
    assert.equal(second?.headers["content-type"], first?.headers["content-type"], dialect);
  }
});
