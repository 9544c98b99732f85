/**
 * I1 and I2 at the two most critical moments. Each is a named failpoint, and the test shows that it is
 * reached.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const EVENT = { eventType: "order.paid", eventId: "order-1", payload: { order: 1 } };

test("killed between commit and reply: the repeat returns the same event, which arrives once", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  const first = await startServer({ settings });
  const app = String((await call(first.url, "POST", "/app", { name: "shop" })).body["id"]);
  await call(first.url, "POST", `/app/${app}/endpoint`, { url: receiver.url });
  await first.stop();

  const failpoint = "after-commit-before-reply";
  const doomed = await startServer({ settings: { ...settings, HOOKLINE_FAILPOINT: failpoint } });
  const key = { "idempotency-key": "k-1" };
  const unanswered = await call(doomed.url, "POST", `/app/${app}/msg`, EVENT, key).catch(
    () => null,
  );
  await doomed.ended;
  assert.equal(unanswered, null, "the publisher must not have got an answer");
  assert.match(doomed.stderr(), new RegExp(failpoint), "the failpoint was not reached");
  assert.equal(receiver.receipts.length, 0);

  const server = await startServer({ settings });
  await receiver.until(() => receiver.receipts.length === 1);
  const again = await call(server.url, "POST", `/app/${app}/msg`, EVENT, key);
  assert.equal(again.status, 202);
  assert.equal(again.body["id"], receiver.receipts[0]?.headers["webhook-id"]);
  const repeated = await call(server.url, "POST", `/app/${app}/msg`, EVENT);
  assert.equal(repeated.status, 409);
  assert.match(JSON.stringify(repeated.body), new RegExp(String(again.body["id"])));
  await server.stop();
  assert.equal(receiver.receipts.length, 1);
});

test("killed between send and record: it is sent once more, the same bytes under the same id", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  const failpoint = "after-send-before-record";
  const doomed = await startServer({ settings: { ...settings, HOOKLINE_FAILPOINT: failpoint } });
  const app = String((await call(doomed.url, "POST", "/app", { name: "shop" })).body["id"]);
  await call(doomed.url, "POST", `/app/${app}/endpoint`, { url: receiver.url });
  await call(doomed.url, "POST", `/app/${app}/msg`, EVENT).catch(() => null);
  await doomed.ended;
  assert.match(doomed.stderr(), new RegExp(failpoint), "the failpoint was not reached");
  assert.equal(receiver.receipts.length, 1);

  const server = await startServer({ settings });
  await receiver.until(() => receiver.receipts.length === 2);
  await server.stop();
  const [one, two] = receiver.receipts;
  assert.equal(one?.body, two?.body);
  assert.equal(one?.headers["webhook-id"], two?.headers["webhook-id"]);
  const settled = await startServer({ settings });
  await settled.stop();
  assert.equal(receiver.receipts.length, 2, "once recorded it is not sent again");
});
