/**
 * I2 and I3 at a graceful stop. On SIGTERM under load the server exits with code 0. Every acknowledged event
 * is delivered, by it or by the next server on the same file. An event is delivered twice only when its
 * attempt was unanswered at the end of the grace period. The file contains all that the next server needs.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const PUBLISHERS = 8;
const STOPS = 3;
const RECEIPTS_BEFORE_STOP = 100;
const BATCH = Array.from({ length: 10 }, (_, n) => ({ eventType: "load.test", payload: { n } }));
/** The receiver is slower than the publishers, so that each stop finds a backlog. */
const DELIVERIES_PER_SECOND = 200;
/** The pause between the attempts at a receiver that fails. */
const WAITS_SECONDS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

const toId = ({ headers }: Receipt) => String(headers["webhook-id"]);

/** Publishes until the server refuses. The events that were answered with 202 are in `acknowledged`. */
async function publishUntilStopped(
  url: string,
  app: string,
  acknowledged: Set<string>,
): Promise<void> {
  for (;;) {
    // A connection that the stop closed acknowledges nothing, and neither does a 503 on a connection that is
    // open.
    const answer = await call(url, "POST", `/app/${app}/msg/batch`, BATCH).catch(() => null);
    if (answer === null || answer.status === 503) return;
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    for (const { id } of answer.body["data"] as { id: string }[]) acknowledged.add(id);
  }
}

test("SIGTERM under load ends with code 0, loses nothing and repeats nothing", async (t) => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  const acknowledged = new Set<string>();
  let app = "";
  const behind: number[] = [];

  for (let cycle = 0; cycle < STOPS; cycle += 1) {
    await using server = await startServer({ settings });
    if (cycle === 0) {
      app = String((await call(server.url, "POST", "/app", { name: "load" })).body["id"]);
      const made = await call(server.url, "POST", `/app/${app}/endpoint`, {
        url: receiver.url,
        uid: "slow",
        throttleRate: DELIVERIES_PER_SECOND,
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
    }
    const publishers = Array.from({ length: PUBLISHERS }, () =>
      publishUntilStopped(server.url, app, acknowledged),
    );
    const enough = receiver.receipts.length + RECEIPTS_BEFORE_STOP;
    await receiver.until(() => receiver.receipts.length >= enough);
    assert.equal(await server.stop(), 0, server.stderr());
    await Promise.all(publishers);
    assert.equal(server.stderr(), "");
    behind.push((await checkStore(settings)).pending);
  }

  await using server = await startServer({ settings });
  await call(server.url, "PATCH", `/app/${app}/endpoint/slow`, { throttleRate: null });
  const received = () => new Set(receiver.receipts.map(toId));
  await receiver.until(() => receiver.receipts.length >= acknowledged.size);
  await receiver.until(() => received().isSupersetOf(acknowledged));
  assert.equal(await server.stop(), 0);
  // The receiver always answered immediately, so each stop could wait for all attempts in flight.
  assert.equal(receiver.receipts.length, received().size, "nothing arrived twice");
  const { created, delivered, pending } = await checkStore(settings);
  assert.deepEqual([delivered, pending], [created, 0]);
  t.diagnostic(`${acknowledged.size} acknowledged, ${behind.join(", ")} pending at the stops`);
});

test("attempts that are unanswered at the end of the grace period are sent once more, and the others once", async () => {
  using folder = temporaryFolder();
  const held: ServerResponse[] = [];
  let isHolding = true;
  await using receiver = await startReceiver((_receipt, response) => {
    if (isHolding) held.push(response);
    else response.writeHead(200).end();
  });
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    HOOKLINE_STOP_GRACE: "0",
  };
  await using first = await startServer({ settings });
  const app = String((await call(first.url, "POST", "/app", { name: "held" })).body["id"]);
  await call(first.url, "POST", `/app/${app}/endpoint`, { url: receiver.url });
  const batch = Array.from({ length: 100 }, (_, n) => ({ eventType: "a.b", payload: { n } }));
  const answer = await call(first.url, "POST", `/app/${app}/msg/batch`, batch);
  const ids = (answer.body["data"] as { readonly id: string }[]).map(({ id }) => id);
  await receiver.until(() => held.length > 0);
  assert.equal(await first.stop(), 0, "it does not wait for a receiver that hangs");
  const unanswered = new Set(receiver.receipts.map(toId));

  isHolding = false;
  await using second = await startServer({ settings });
  await receiver.until(() => new Set(receiver.receipts.map(toId)).size === ids.length);
  await receiver.until(() => receiver.receipts.length === ids.length + unanswered.size);
  assert.equal(await second.stop(), 0);
  for (const id of ids) {
    const times = receiver.receipts.filter((receipt) => toId(receipt) === id).length;
    assert.equal(times, unanswered.has(id) ? 2 : 1, id);
  }
});

test("a store file that is moved to another folder contains the whole state", async () => {
  using folder = temporaryFolder();
  let status = 503;
  await using receiver = await startReceiver((_receipt, response) =>
    response.writeHead(status).end(),
  );
  const settingsIn = (name: string) => ({
    HOOKLINE_STORE: `sqlite:${folder.path}/${name}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    // The key is not part of the store. A copy of the store discloses no secrets.
    HOOKLINE_SECRET_KEY: Buffer.alloc(32, 9).toString("base64"),
  });
  for (const name of ["here", "there"]) mkdirSync(`${folder.path}/${name}`);
  await using here = await startServer({ settings: settingsIn("here") });
  const app = String((await call(here.url, "POST", "/app", { name: "moved" })).body["id"]);
  const { body: endpoint } = await call(here.url, "POST", `/app/${app}/endpoint`, {
    url: receiver.url,
    headers: { "x-custom": "kept" },
    retrySchedule: WAITS_SECONDS,
  });
  const path = `/app/${app}/endpoint/${String(endpoint["id"])}`;
  const { body: secret } = await call(here.url, "GET", `${path}/secret`);
  const { body: sent } = await call(here.url, "POST", `/app/${app}/msg`, {
    eventType: "a.b",
    payload: { big: "1" },
  });
  await receiver.until(() => receiver.receipts.length > 0);
  assert.equal(await here.stop(), 0);
  cpSync(`${folder.path}/here/hookline.db`, `${folder.path}/there/hookline.db`);

  status = 200;
  const before = receiver.receipts.length;
  await using there = await startServer({ settings: settingsIn("there") });
  // The schedule is in the file: the server in the other folder makes the second attempt on time.
  await receiver.until(() => receiver.receipts.length > before);
  const last = receiver.receipts.at(-1) as Receipt;
  assert.equal(toId(last), sent["id"]);
  assert.equal(last.headers["x-custom"], "kept");
  assert.deepEqual((await call(there.url, "GET", `${path}/secret`)).body, secret);
  assert.equal(await there.stop(), 0);
  const { delivered, pending } = await checkStore(settingsIn("there"));
  assert.deepEqual([delivered, pending], [1, 0]);
});
