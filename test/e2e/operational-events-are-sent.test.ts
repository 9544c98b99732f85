/**
 * The operator's endpoints get an operational event for each fault. The events are verified with the official
 * SDK on a whole server, and their instants are checked on a clock that the test moves. No other endpoint
 * gets them.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook } from "svix";
import { render } from "../../src/dialects/svix/webhooks/render.ts";
import { OPERATOR_APP_ID } from "../../src/core/events/operational-events.ts";
import { generateSecret } from "../../src/core/crypto/signing-secret.ts";
import { newApp, newEvent } from "../contract/store/fixtures.ts";
import { ENGINE_SETTINGS, eventually, openEngineWorld, START } from "../harness/engine.ts";
import { startNativeApi } from "../harness/native-api.ts";
import type { NativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt, Receiver } from "../harness/receiver.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

type EventData = {
  readonly [name: string]: unknown;
  readonly lastAttempt?: {
    readonly id: string;
    readonly timestamp: string;
    readonly responseStatusCode: number;
  };
};
type OperationalEvent = { readonly type: string; readonly data: EventData };

const receivedBy = (receiver: Receiver): OperationalEvent[] =>
  receiver.receipts.map(({ body }) => JSON.parse(body) as OperationalEvent);

function hasReceived(receiver: Receiver, type: string): boolean {
  return receivedBy(receiver).some((event) => event.type === type);
}

function toHeaders(receipt: Receipt): Record<string, string> {
  return receipt.headers as Record<string, string>;
}

describe("on a whole server, with the official SDK", () => {
  let api: NativeApi;
  let operator: Receiver;
  before(async () => {
    operator = await startReceiver();
    api = await startNativeApi();
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await operator[Symbol.asyncDispose]();
  });

  test("a delivery fails for good and is replayed, and an endpoint is disabled and enabled", async () => {
    let status = 500;
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(status).end(),
    );
    const { endpoint } = api.svix.operationalWebhook;
    const own = await endpoint.create({ url: operator.url, uid: "alerts" });
    assert.equal(own.eventTypes, null);
    const app = await api.svix.application.create({ name: "Acme", uid: "acme" });
    const made = await api.call("POST", "/app/acme/endpoint", {
      body: { url: receiver.url, uid: "hook", retrySchedule: [1, 1, 1] },
    });
    const { id: endpointId } = made.body as { id: string };
    const sent = await api.svix.message.create("acme", {
      eventType: "invoice.paid",
      eventId: "invoice-7",
      payload: { text: "a secret text" },
    });
    await operator.until(() => hasReceived(operator, "message.attempt.exhausted"));
    status = 200;
    await api.svix.messageAttempt.resend("acme", sent.id, "hook");
    await operator.until(() => hasReceived(operator, "message.attempt.recovered"));
    await api.svix.endpoint.patch("acme", "hook", { disabled: true });
    await api.svix.endpoint.patch("acme", "hook", { disabled: false });
    await api.svix.endpoint.delete("acme", "hook");
    await operator.until(() => receivedBy(operator).length >= 8);

    const reported = receivedBy(operator);
    assert.deepEqual(
      new Set(reported.map(({ type }) => type)),
      new Set([
        "endpoint.created",
        "message.attempt.exhausted",
        "message.attempt.recovered",
        "endpoint.updated",
        "endpoint.disabled",
        "endpoint.enabled",
        "endpoint.deleted",
      ]),
    );
    for (const { data } of reported) {
      assert.equal(data["appId"], app.id);
      assert.equal(data["appUid"], "acme");
      assert.equal(data["endpointId"], endpointId);
    }
    const exhausted = reported.find(({ type }) => type === "message.attempt.exhausted")?.data;
    assert.equal(exhausted?.["msgId"], sent.id);
    assert.equal(exhausted?.["msgEventId"], "invoice-7");
    const attempt = await api.svix.messageAttempt.get(
      "acme",
      sent.id,
      exhausted?.lastAttempt?.id ?? "",
    );
    assert.equal(attempt.responseStatusCode, exhausted?.lastAttempt?.responseStatusCode);
    assert.equal(attempt.timestamp.toISOString(), exhausted?.lastAttempt?.timestamp);
    const disabled = reported.find(({ type }) => type === "endpoint.disabled")?.data;
    assert.equal(disabled?.["trigger"], "manual");
    assert.equal(disabled?.["endpointUid"], "hook");

    const { key } = await endpoint.getSecret("alerts");
    for (const receipt of operator.receipts) {
      new Webhook(key).verify(receipt.body, toHeaders(receipt));
      assert.ok(!receipt.body.includes("a secret text"));
    }
  });
});

describe("the log of attempts", () => {
  test("every attempt is in the log of an endpoint that names it, with its own instants and count", async () => {
    let status = 503;
    await using operator = await startReceiver();
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(status).end(),
    );
    await using world = await openWorld(operator, ["message.attempt.log"]);
    const endpoint = await world.makeEndpoint({ url: receiver.url });
    await world.start();
    const event = newEvent({ eventId: "invoice-7" });
    await world.publish(event);
    await operator.until(() => listLogged(operator).length === 1);
    status = 200;
    const [delivery] = await world.deliveries(endpoint.endpointId);
    world.clock.moveTo(delivery?.nextAttemptAt ?? 0);
    await operator.until(() => listLogged(operator).length === 2);
    const attempts = await world.attempts(endpoint.endpointId);
    assert.deepEqual(
      new Set(listLogged(operator).map(({ attemptId }) => attemptId)),
      new Set(attempts.map(({ id }) => id)),
    );
    const [failed, succeeded] = listLogged(operator).map((entry) => {
      const { msgId, msgEventId, endpointId, attemptCount, responseStatusCode, status } = entry;
      assert.deepEqual(
        [msgId, msgEventId, endpointId],
        [event.id, "invoice-7", endpoint.endpointId],
      );
      return { attemptCount, responseStatusCode, status };
    });
    assert.deepEqual(failed, { attemptCount: 1, responseStatusCode: 503, status: 2 });
    assert.deepEqual(succeeded, { attemptCount: 2, responseStatusCode: 200, status: 0 });
  });
});

function listLogged(receiver: Receiver): readonly Record<string, unknown>[] {
  return receivedBy(receiver).flatMap(({ data }) => data as unknown as Record<string, unknown>[]);
}

describe("at the right instants", () => {
  test("the fourth failure, the warning, and the end of the 72 hours are reported", async () => {
    await using operator = await startReceiver();
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(500).end(),
    );
    await using world = await openWorld(operator);
    const endpoint = await world.makeEndpoint({ url: receiver.url });
    await world.start({ settings: { ...ENGINE_SETTINGS, disableAfterMs: 60 * HOUR } });
    await world.publish(newEvent());
    for (let attempts = 1; ; attempts++) {
      await eventually(
        () => world.attempts(endpoint.endpointId),
        (seen) => seen.length >= attempts,
      );
      const [delivery] = await world.deliveries(endpoint.endpointId);
      if (attempts === 4) {
        await operator.until(() => receivedBy(operator).length === 1);
        assert.equal(receivedBy(operator)[0]?.type, "message.attempt.failing");
      }
      if (delivery?.nextAttemptAt === null || delivery === undefined) break;
      world.clock.moveTo(delivery.nextAttemptAt);
    }
    await operator.until(() =>
      receivedBy(operator).some(({ type }) => type === "endpoint.disabled"),
    );
    const reported = receivedBy(operator);
    const one = (type: string) => {
      const found = reported.filter((each) => each.type === type);
      assert.equal(found.length, 1, `${type} is sent once`);
      return found[0] as OperationalEvent;
    };
    assert.equal(one("endpoint.failing").data["failSince"], new Date(START).toISOString());
    assert.equal(one("endpoint.disabled").data["trigger"], "automatic");
    assert.equal(one("endpoint.disabled").data["reason"], "failing");
    assert.equal(reported.length, 3);
  });

  test("an exhausted delivery is reported with the exact instant of its last attempt", async () => {
    await using operator = await startReceiver();
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(500).end(),
    );
    await using world = await openWorld(operator);
    const endpoint = await world.makeEndpoint({ url: receiver.url });
    await world.start();
    await world.publish(newEvent());
    for (let attempts = 1; ; attempts++) {
      await eventually(
        () => world.attempts(endpoint.endpointId),
        (seen) => seen.length >= attempts,
      );
      const [delivery] = await world.deliveries(endpoint.endpointId);
      if (delivery === undefined || delivery.nextAttemptAt === null) break;
      assert.ok(receivedBy(operator).every(({ type }) => type !== "message.attempt.exhausted"));
      world.clock.moveTo(delivery.nextAttemptAt);
    }
    const isLast = ({ type }: OperationalEvent) => type === "message.attempt.exhausted";
    await operator.until(() => receivedBy(operator).some(isLast));
    const last = receivedBy(operator).find(isLast);
    assert.equal(last?.data.lastAttempt?.timestamp, new Date(START + 72 * HOUR).toISOString());
    for (const receipt of operator.receipts) {
      const { "webhook-id": id = "", "webhook-timestamp": at } = toHeaders(receipt);
      const signature = new StandardWebhook(world.secret).sign(
        id,
        new Date(Number(at) * 1000),
        receipt.body,
      );
      assert.equal(toHeaders(receipt)["webhook-signature"], signature);
    }
  });

  test("an endpoint that answers 410 twice is reported, and the operator's endpoint that does so stays enabled", async () => {
    await using operator = await startReceiver((_receipt, response) =>
      response.writeHead(410).end(),
    );
    await using receiver = await startReceiver((_receipt, response) =>
      response.writeHead(410).end(),
    );
    await using world = await openWorld(operator);
    const endpoint = await world.makeEndpoint({ url: receiver.url });
    await world.start();
    await world.publish(newEvent());
    await receiver.until(() => receiver.receipts.length === 1);
    await eventually(
      () => world.attempts(endpoint.endpointId),
      (seen) => seen.length === 1,
    );
    world.clock.moveBy(6 * MINUTE);
    await operator.until(() => receivedBy(operator).length === 1);
    const [reported] = receivedBy(operator);
    assert.equal(reported?.type, "endpoint.disabled");
    assert.equal(reported?.data["reason"], "gone");
    assert.equal(reported?.data["failSince"], new Date(START).toISOString());
    const own = await world.store.endpoints.get({ appRef: OPERATOR_APP_ID, ref: "operator" });
    assert.equal(own?.status, "enabled");
    // The second 410 of the operator's endpoint disables it, and no event reports that.
    world.clock.moveBy(6 * MINUTE);
    await eventually(
      () => world.store.endpoints.get({ appRef: OPERATOR_APP_ID, ref: "operator" }),
      (seen) => seen?.status === "disabled",
    );
    const events = await world.store.history.listEvents({
      appRef: OPERATOR_APP_ID,
      window: { after: null, limit: 50, backward: false, ascending: true },
      filter: {},
    });
    assert.equal(events?.items.length, 1);
  });
});

const FAULTS = [
  "message.attempt.failing",
  "message.attempt.exhausted",
  "endpoint.failing",
  "endpoint.disabled",
];

/** Opens a world with one endpoint of the operator, which gets events of these types. */
async function openWorld(operator: Receiver, eventTypes: readonly string[] = FAULTS) {
  const world = await openEngineWorld({ render });
  const secret = generateSecret((count) => randomBytes(count));
  await world.store.apps.seedOperator({ app: newApp({ id: OPERATOR_APP_ID }) });
  await world.makeEndpoint(
    {
      appId: OPERATOR_APP_ID,
      uid: "operator",
      url: operator.url,
      eventTypes,
      authentication: ["standard-v1"],
    },
    { secret },
  );
  return { ...world, secret };
}
