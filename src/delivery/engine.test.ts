import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import {
  ENGINE_SETTINGS,
  eventually,
  openEngineWorld,
  renderSnapshot,
  START,
} from "../../test/harness/engine.ts";
import { startReceiver } from "../../test/harness/receiver.ts";
import { newEvent } from "../../test/contract/store/fixtures.ts";
import { REPLAY_HEADER } from "./attempt/headers.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MINUTE_MS = 60_000;

test("an accepted event reaches its endpoint signed and with the endpoint's headers", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint(
    { url: receiver.url, authentication: ["standard-v1", "static-headers"] },
    { secret: SECRET, headers: { "x-team": "blue" } },
  );
  await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  const [receipt] = receiver.receipts;
  assert.equal(receipt?.headers["x-team"], "blue");
  assert.equal(receipt?.headers["user-agent"], "Hookline/0.0.0-test");
  assert.equal(receipt?.headers["content-type"], "application/json");
  assert.equal(receipt?.headers["webhook-timestamp"], `${START / 1000}`);
  assert.equal(receipt?.headers[REPLAY_HEADER], undefined);
  const webhook = new Webhook(SECRET);
  const signature = receipt?.headers["webhook-signature"] as string;
  assert.equal(
    signature,
    webhook.sign(receipt?.headers["webhook-id"] as string, new Date(START), receipt?.body ?? ""),
  );
  await eventually(
    () => world.deliveries(endpoint.endpointId),
    ([only]) => only?.status === "delivered",
  );
});

test("the literal secret is sent in its header and makes no signature", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  await world.makeEndpoint(
    { url: receiver.url, authentication: ["literal-secret"] },
    { secret: "as it is" },
  );
  await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 1);
  assert.equal(receiver.receipts[0]?.headers["sb-signing-secret"], "as it is");
  assert.equal(receiver.receipts[0]?.headers["webhook-signature"], undefined);
  assert.doesNotMatch(world.log(), /as it is/);
});

test("a replay sends the same body under the same id and is marked as a replay", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  const endpoint = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  const event = newEvent();
  await world.publish(event);
  await eventually(
    () => world.deliveries(endpoint.endpointId),
    ([only]) => only?.status === "delivered",
  );
  world.clock.moveBy(MINUTE_MS);
  await world.store.queue.replay({
    appRef: world.app.id,
    eventId: event.id,
    endpointRef: endpoint.endpointId,
    now: world.clock.now(),
  });
  await receiver.until(() => receiver.receipts.length === 2);
  const [first, second] = receiver.receipts;
  assert.equal(second?.body, first?.body);
  assert.equal(second?.headers["webhook-id"], first?.headers["webhook-id"]);
  assert.equal(second?.headers[REPLAY_HEADER], "1");
});

test("an event accepted while no engine ran is delivered when one starts", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  await world.makeEndpoint({ url: receiver.url });
  await world.publish(...Array.from({ length: 300 }, () => newEvent()));
  await world.start();
  await receiver.until(() => receiver.receipts.length === 300);
  assert.equal(new Set(receiver.receipts.map(({ headers }) => headers["webhook-id"])).size, 300);
});

test("I7: a delivery that cannot be rendered uses up no attempt and is tried again later", async () => {
  let isBroken = true;
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({
    render(snapshot, endpoint, webhookIndex) {
      if (isBroken) throw new Error("a bug");
      return renderSnapshot(snapshot, endpoint, webhookIndex);
    },
  });
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  await eventually(
    () => world.deliveries(endpointId),
    ([only]) => (only?.nextAttemptAt ?? 0) > START,
  );
  assert.deepEqual(await world.attempts(endpointId), []);
  isBroken = false;
  world.clock.moveBy(MINUTE_MS);
  await receiver.until(() => receiver.receipts.length === 1);
});

test("Retry-After holds back the whole endpoint, not only the delivery that received it", async () => {
  await using receiver = await startReceiver((_receipt, response) => {
    const isFirst = receiver.receipts.length === 1;
    if (isFirst) response.writeHead(429, { "retry-after": "120" }).end();
    else response.writeHead(200).end();
  });
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  await eventually(
    () => world.attempts(endpointId),
    ({ length }) => length === 1,
  );
  await world.publish(newEvent());
  world.clock.moveBy(119_000);
  await world.store.ping();
  assert.equal(receiver.receipts.length, 1);
  world.clock.moveBy(1000);
  await receiver.until(() => receiver.receipts.length === 3);
});

test("an endpoint that answers 410 twice, minutes apart, is disabled", async () => {
  await using receiver = await startReceiver((_receipt, response) => response.writeHead(410).end());
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent());
  await eventually(
    () => world.attempts(endpointId),
    ({ length }) => length === 1,
  );
  world.clock.moveBy(6 * MINUTE_MS);
  const endpoint = await eventually(
    () => world.store.endpoints.get({ appRef: world.app.id, ref: endpointId }),
    (seen) => seen?.status === "disabled",
  );
  assert.equal(endpoint?.disabledReason, "gone");
});

test("the rate of an endpoint is kept", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  await world.makeEndpoint({ url: receiver.url, throttleRate: 2 });
  await world.start();
  await world.publish(...Array.from({ length: 6 }, () => newEvent()));
  for (const expected of [2, 4, 6]) {
    await receiver.until(() => receiver.receipts.length >= expected);
    await world.store.ping();
    assert.equal(receiver.receipts.length, expected);
    world.clock.moveBy(500);
    world.clock.moveBy(500);
  }
});

test("the rate of an application is kept over all its endpoints, and a changed rate takes effect", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld();
  await world.makeEndpoint({ url: `${receiver.url}/one` });
  await world.makeEndpoint({ url: `${receiver.url}/two` });
  await world.start();
  await world.publish(newEvent());
  await receiver.until(() => receiver.receipts.length === 2);
  const change = { throttleRate: 2 };
  await world.store.apps.update({ ref: world.app.id, change, now: world.clock.now() });
  await world.publish(...Array.from({ length: 3 }, () => newEvent()));
  for (const expected of [2, 4, 6]) {
    await receiver.until(() => receiver.receipts.length >= 2 + expected);
    await world.store.ping();
    assert.equal(receiver.receipts.length, 2 + expected);
    world.clock.moveBy(500);
    world.clock.moveBy(500);
  }
});

test("1 KiB of a success and 4 KiB of a failure are stored, cut between characters", async () => {
  // Each character has three bytes, so neither bound is between two characters.
  const page = "€".repeat(5_000);
  await using receiver = await startReceiver((receipt, response) =>
    response.writeHead(receipt.path === "/fails" ? 500 : 200).end(page),
  );
  await using world = await openEngineWorld();
  const succeeding = await world.makeEndpoint({ url: `${receiver.url}/succeeds` });
  const failing = await world.makeEndpoint({ url: `${receiver.url}/fails` });
  await world.start();
  await world.publish(newEvent());
  const storedBytes = async ({ endpointId }: { endpointId: string }) => {
    const [attempt] = await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === 1,
    );
    const response = attempt?.response ?? "";
    assert.ok(page.startsWith(response), "no character is broken");
    return Buffer.byteLength(response);
  };
  assert.equal(await storedBytes(succeeding), 1023);
  assert.equal(await storedBytes(failing), 4095);
});

test("how much of an answer is stored is a setting", async () => {
  await using receiver = await startReceiver((receipt, response) =>
    response.writeHead(receipt.path === "/fails" ? 500 : 200).end("0123456789"),
  );
  await using world = await openEngineWorld();
  const succeeding = await world.makeEndpoint({ url: `${receiver.url}/succeeds` });
  const failing = await world.makeEndpoint({ url: `${receiver.url}/fails` });
  const settings = { ...ENGINE_SETTINGS, answerKeepSuccessBytes: 0, answerKeepFailureBytes: 4 };
  await world.start({ settings });
  await world.publish(newEvent());
  const stored = async ({ endpointId }: { endpointId: string }) => {
    const attempts = await eventually(
      () => world.attempts(endpointId),
      ({ length }) => length === 1,
    );
    return attempts[0]?.response;
  };
  assert.equal(await stored(succeeding), "");
  assert.equal(await stored(failing), "0123");
});
