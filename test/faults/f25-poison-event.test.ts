/**
 * F25: an event that its consumer always answers with 500. Only that delivery ages. The endpoint's breaker
 * stays closed and every other event is delivered at its first attempt (I4).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const WAITS_SECONDS = Array.from({ length: 20 }, () => 1);
const POISON_ATTEMPTS = 7;

test("F25 a poison event ages alone", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver(({ body }, response) =>
    response.writeHead(body.includes("poison") ? 500 : 200).end(),
  );
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    },
  });
  await call(server.url, "POST", "/app", { name: "Poison", uid: "poison" });
  const url = receiver.url;
  await call(server.url, "POST", "/app/poison/endpoint", {
    url,
    uid: "one",
    retrySchedule: WAITS_SECONDS,
  });
  const publish = async (payload: object) => {
    const answer = await call(server.url, "POST", "/app/poison/msg", { eventType: "a.b", payload });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
  };
  const poisoned = () => receiver.receipts.filter(({ body }) => body.includes("poison")).length;

  await publish({ name: "poison" });
  for (let n = 1; poisoned() < POISON_ATTEMPTS; n += 1) {
    await publish({ n });
    const count = receiver.receipts.length - poisoned();
    // This event is delivered at once, even when the poison event has just failed.
    if (count < n) await receiver.until(() => receiver.receipts.length - poisoned() >= n);
    const attempts = poisoned();
    await receiver.until(() => poisoned() > attempts);
  }
  const taken = receiver.receipts.filter(({ body }) => !body.includes("poison"));
  const ids = new Set(taken.map(({ headers }) => headers["webhook-id"]));
  assert.equal(ids.size, taken.length, "nothing was sent twice");
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.doesNotMatch(metrics, /^hookline_\w*breaker\w*open\w* [1-9]/m);
});
