/** The detail of an attempt as the engine records it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import { type EngineWorld, eventually, openEngineWorld } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { createStoredAnswerBytes } from "../limits/stored-answer-bytes.ts";

const HOUR_MS = 3_600_000;

async function detailsAfter(world: EngineWorld, endpointId: string, count: number) {
  const attempts = await eventually(
    () => world.attempts(endpointId),
    ({ length }) => length === count,
  );
  return attempts.map(({ detail }) => detail);
}

test("failed attempts keep their number and the headers of the answer, without the endpoint's own", async () => {
  let status = 503;
  await using receiver = await startReceiver(({ headers }, response) => {
    response.setHeader("x-node", "a7");
    response.setHeader("x-seen", `tenant ${String(headers["x-tenant"])}`);
    response.writeHead(status).end();
  });
  await using world = await openEngineWorld();
  const headers = { "x-tenant": "own-value-of-it" };
  const { endpointId } = await world.makeEndpoint({ url: receiver.url }, { headers });
  await world.start();
  await world.publish(newEvent());
  const [first] = await detailsAfter(world, endpointId, 1);
  assert.deepEqual([first?.attempt, first?.isProbe, first?.peer], [1, false, "127.0.0.1"]);
  assert.deepEqual(first?.headers[0], ["x-node", "a7"]);
  assert.doesNotMatch(JSON.stringify(first), /x-seen|own-value/);
  assert.equal(first?.timing.dnsMs, null);
  world.clock.moveBy(HOUR_MS);
  const [, second] = await detailsAfter(world, endpointId, 2);
  assert.equal(second?.attempt, 2);
  status = 200;
  world.clock.moveBy(3 * HOUR_MS);
  const [, , third] = await detailsAfter(world, endpointId, 3);
  assert.equal(third, null);
});

test("a setting keeps the detail of every attempt, or of none", async () => {
  await using receiver = await startReceiver((receipt, response) =>
    response.writeHead(receipt.path === "/fails" ? 500 : 200).end(),
  );
  for (const [keptDetail, kept] of [
    ["all", [true, true]],
    ["none", [false, false]],
  ] as const) {
    await using world = await openEngineWorld({ keptDetail });
    const ids: string[] = [];
    for (const path of ["", "/fails"]) {
      ids.push((await world.makeEndpoint({ url: receiver.url + path })).endpointId);
    }
    await world.start();
    await world.publish(newEvent());
    const found: boolean[] = [];
    for (const id of ids) found.push((await detailsAfter(world, id, 1))[0] !== null);
    assert.deepEqual(found, kept);
  }
});

test("an attempt beyond the application's stored bytes of the day is recorded without its detail", async () => {
  await using receiver = await startReceiver((_receipt, response) =>
    response.setHeader("x-fill", "a".repeat(400)).writeHead(500).end("no"),
  );
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start({ storedAnswers: createStoredAnswerBytes(300) });
  await world.publish(newEvent());
  assert.deepEqual(await detailsAfter(world, endpointId, 1), [null]);
  const [attempt] = await world.attempts(endpointId);
  assert.match(attempt?.response ?? "", /stored_answer_bytes/);
});
