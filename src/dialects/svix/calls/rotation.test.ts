/** Rotations of a signing secret from one kind to the other, as a receiver sees them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "svix";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import type { Receipt } from "../../../../test/harness/receiver.ts";
import { verifySignature } from "../../../core/crypto/signature.ts";
import { generateKeyPair, importVerifyingKey } from "../../../core/crypto/signing-secret.ts";

test("a secret may be replaced by a key pair and back, and both kinds sign during the overlap", async () => {
  await using receiver = await startReceiver();
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "Kinds", uid: "kinds" });
  const { id } = await api.svix.endpoint.create("kinds", { url: receiver.url });
  const { key: symmetric } = await api.svix.endpoint.getSecret("kinds", id);
  const pair = generateKeyPair((count) => Buffer.alloc(count, 5));
  const path = `/app/kinds/endpoint/${id}/secret/rotate`;
  const rotate = async (key: string) =>
    (await api.call("POST", path, { body: { key, gracePeriodSeconds: 3600 } })).body;
  const receive = async (): Promise<Receipt> => {
    const count = receiver.receipts.length;
    await api.svix.message.create("kinds", { eventType: "kinds.sent", payload: { n: count } });
    await receiver.until(() => receiver.receipts.length > count);
    return receiver.receipts[count] as Receipt;
  };
  const toVersions = ({ headers }: Receipt) =>
    String(headers["svix-signature"])
      .split(" ")
      .map((signature) => signature.split(",")[0]);
  const verify = (key: string, { headers, body }: Receipt) =>
    new Webhook(key).verify(body, headers as Record<string, string>);

  assert.deepEqual(await rotate(pair.secret), { key: pair.publicKey });
  const during = await receive();
  assert.deepEqual(toVersions(during), ["v1a", "v1"]);
  verify(symmetric, during);
  const asymmetric = verifySignature({
    headers: {
      id: String(during.headers["svix-id"]),
      timestamp: String(during.headers["svix-timestamp"]),
      signature: String(during.headers["svix-signature"]),
    },
    body: during.body,
    keys: [importVerifyingKey(pair.publicKey)],
    now: Date.now(),
  });
  assert.deepEqual(asymmetric, { ok: true });

  const other = `whsec_${Buffer.alloc(32, 6).toString("base64")}`;
  assert.deepEqual(await rotate(other), { key: other });
  const back = await receive();
  assert.deepEqual(toVersions(back), ["v1", "v1a", "v1"]);
  for (const key of [symmetric, other]) verify(key, back);
});

test("a rotation answers 200 with the key, and 204 to Python SDK releases that treat any other status as a failure", async () => {
  await using api = await startNativeApi();
  await api.svix.application.create({ name: "Releases", uid: "releases" });
  const { id } = await api.svix.endpoint.create("releases", { url: "https://example.com/" });
  const statusFor = async (agent: string) => {
    const path = `/app/releases/endpoint/${id}/secret/rotate`;
    const body = { gracePeriodSeconds: 0 };
    const answer = await api.call("POST", path, { body, headers: { "user-agent": agent } });
    const { key } = await api.svix.endpoint.getSecret("releases", id);
    assert.deepEqual(answer.body, answer.status === 204 ? undefined : { key });
    return answer.status;
  };
  for (const version of ["0.41.2", "1.4.12", "1.45.1", "1.56.0"]) {
    assert.equal(await statusFor(`svix-libs/${version}/python`), 204, version);
  }
  for (const version of ["1.57.0", "1.99.1", "2.9.1"]) {
    assert.equal(await statusFor(`svix-libs/${version}/python`), 200, version);
  }
  assert.equal(await statusFor("svix-libs/1.45.1/javascript"), 200);
  assert.equal(await statusFor("curl/8"), 200);
});
