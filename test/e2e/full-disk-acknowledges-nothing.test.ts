/**
 * I1 and I7 when the disk is full. A publish that cannot be made durable gets 503 with `Retry-After`, and
 * none of it is acknowledged or stored. The same process continues when there is space again.
 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { rawCall } from "../harness/raw-call.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import { cannotLimit, makeUnwritable, makeWritable } from "../harness/unwritable.ts";

const MSG = "/app/full/msg";
const ENDPOINT = "/app/full/endpoint";
const EVENT = `{"eventType":"order.paid","payload":{}}`;

test(
  "a publish to a store that cannot be written is 503 with Retry-After, and nothing is acknowledged or stored",
  { skip: cannotLimit },
  async () => {
    using folder = temporaryFolder();
    await using receiver = await startReceiver();
    const settings = {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    };
    await using server = await startServer({
      settings: { ...settings, HOOKLINE_LOG_LEVEL: "silent" },
    });
    await call(server.url, "POST", "/app", { name: "Full", uid: "full" });
    assert.equal((await call(server.url, "POST", ENDPOINT, { url: receiver.url })).status, 201);
    const pid = server.child.pid as number;
    // A health check, as a load balancer makes it, before the fault and long before any publish.
    assert.equal(await healthAfterASecond(server.url), 200);

    makeUnwritable(pid);
    assert.equal(await healthAfterASecond(server.url), 503, "health fails with no publish at all");
    const refused = [
      await rawCall(server.url, "POST", MSG, { body: EVENT }),
      await rawCall(server.url, "POST", `${MSG}/batch`, { body: `[${EVENT}]` }),
      await rawCall(server.url, "POST", ENDPOINT, { body: JSON.stringify({ url: receiver.url }) }),
    ];
    const health = await fetch(`${server.url}/health`);
    const live = await fetch(`${server.url}/health/live`);
    const listed = await call(server.url, "GET", MSG);
    makeWritable(pid);

    for (const answer of refused) {
      assert.equal(answer.status, 503, answer.text);
      assert.ok(Number(answer.headers.get("retry-after")) > 0, "it has Retry-After");
      assert.equal((JSON.parse(answer.text) as { code: string }).code, "store_unavailable");
    }
    assert.equal(health.status, 503, "health fails like publishes");
    assert.equal(live.status, 200, "a restart would free no disk");
    assert.deepEqual([listed.status, listed.body["data"]], [200, []], "it can still be read");
    assert.equal((await checkStore(settings)).created, 0);

    // The same process continues as soon as there is space.
    const good = await call(server.url, "POST", MSG, { eventType: "order.paid", payload: {} });
    assert.equal(good.status, 202, JSON.stringify(good.body));
    assert.equal(await healthAfterASecond(server.url), 200);
    await receiver.until(() => receiver.receipts.length > 0);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(
      receiver.receipts.map(({ headers }) => headers["webhook-id"]),
      [good.body["id"]],
    );
    assert.equal((await checkStore(settings)).created, 1);
  },
);

test(
  "an outcome that cannot be written is written later, and the delivery is not sent again",
  { skip: cannotLimit },
  async () => {
    using folder = temporaryFolder();
    const held: ServerResponse[] = [];
    await using receiver = await startReceiver((_receipt, response) => void held.push(response));
    const settings = {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    };
    await using server = await startServer({
      settings: { ...settings, HOOKLINE_LOG_LEVEL: "error" },
      captureStdout: true,
    });
    await call(server.url, "POST", "/app", { name: "Full", uid: "full" });
    await call(server.url, "POST", ENDPOINT, { url: receiver.url });
    const sent = await rawCall(server.url, "POST", MSG, { body: EVENT });
    assert.equal(sent.status, 202, sent.text);
    const { id } = JSON.parse(sent.text) as { id: string };
    await receiver.until(() => held.length === 1);
    const pid = server.child.pid as number;

    makeUnwritable(pid);
    held[0]?.writeHead(200).end();
    while (!server.stdout().includes("store unavailable")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    makeWritable(pid);

    for (;;) {
      const { body } = await call(server.url, "GET", `/app/full/attempt/msg/${id}`);
      const attempts = body["data"] as { readonly status: number }[];
      assert.ok(attempts.length <= 1, JSON.stringify(attempts));
      if (attempts[0]?.status === 0) break;
    }
    assert.equal(await server.stop(), 0);
    assert.equal(receiver.receipts.length, 1, "the delivery is not sent again");
    assert.equal((await checkStore(settings)).delivered, 1);
  },
);

/** A health response may be a second old. Then the store is probed again. */
async function healthAfterASecond(url: string): Promise<number> {
  await fetch(`${url}/health`);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  return (await fetch(`${url}/health`)).status;
}
