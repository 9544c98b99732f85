/**
 * F19, for I2: a publisher repeats a request. Fifty times concurrently, after a kill, and hours later the
 * same Idempotency-Key returns the same event. With another body it is refused. A day later the key has
 * expired, and the publisher's `eventId` still identifies the event. The receiver gets one event.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { toHash } from "./harness/load.ts";
import { createSteppedClock } from "./harness/stepped-clock.ts";
import { assertKept, openWorld, type World } from "./harness/world.ts";

const AT_ONCE = 50;
const HOUR_MS = 3_600_000;
const KEY_HOURS = 24;
const PAYLOAD = { eventId: "once", text: "only once" };
const EVENT = { eventType: "load.test", eventId: "once", payload: PAYLOAD };

type Answered = { readonly status: number; readonly body: Record<string, unknown> };

function publish(world: World, url: string, event: object, key: string | null): Promise<Answered> {
  const headers = key === null ? {} : { "idempotency-key": key };
  return call(url, "POST", `/app/${world.app}/msg`, event, headers);
}

function atOnce(act: () => Promise<Answered>): Promise<readonly Answered[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, act));
}

const toStatuses = (answers: readonly Answered[]): readonly number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);

/** Logs one accepted event for the checker, without the other requests. */
function logOk(world: World, eventId: string, payload: object, id: string): void {
  const bodyHash = toHash(JSON.stringify(payload));
  world.publishes.push({ eventId, bodyHash, outcome: "ok", id });
}

test("F19 one key fifty times at once, after a kill, 23 and 25 hours later: one event", async (t) => {
  using folder = temporaryFolder();
  const clock = createSteppedClock(folder.path);
  const file = `${folder.path}/hookline.db`;
  await using world = await openWorld({ file, settings: clock.settings });
  let id = "";
  {
    await using first = await world.start();
    await world.setUp(first);
    const answers = await atOnce(() => publish(world, first.url, EVENT, "key"));
    assert.deepEqual(toStatuses(answers), Array<number>(AT_ONCE).fill(202));
    id = String(answers[0]?.body["id"]);
    for (const { body } of answers) assert.equal(body["id"], id);
    logOk(world, "once", PAYLOAD, id);
    await first.kill();
  }
  await using server: ServerProcess = await world.start();
  const other = { ...EVENT, payload: { ...PAYLOAD, text: "another body" } };
  for (const hours of [0, KEY_HOURS - 1]) {
    clock.setOffset(hours * HOUR_MS);
    const again = await publish(world, server.url, EVENT, "key");
    assert.deepEqual([again.status, again.body["id"]], [202, id], `after ${hours} hours`);
    const refused = await publish(world, server.url, other, "key");
    assert.equal(refused.status, 422, JSON.stringify(refused.body));
  }
  clock.setOffset((KEY_HOURS + 1) * HOUR_MS);
  const late = await publish(world, server.url, EVENT, "key");
  assert.equal(late.status, 409, "the key has expired, the eventId has not");
  assert.ok(JSON.stringify(late.body).includes(id), "it names the first one");
  clock.setOffset(0);
  await world.settle(server);
  assertKept(t, await world.verdict(server, await recorded(world)));
  assert.equal(await server.stop(), 0);
});

test("F19 one eventId fifty times at once, without a key: one is accepted, the others get its id", async (t) => {
  using folder = temporaryFolder();
  await using world = await openWorld({ file: `${folder.path}/hookline.db` });
  await using server = await world.start();
  await world.setUp(server);
  const answers = await atOnce(() => publish(world, server.url, EVENT, null));
  assert.deepEqual(toStatuses(answers), [202, ...Array<number>(AT_ONCE - 1).fill(409)]);
  const id = String(answers.find(({ status }) => status === 202)?.body["id"]);
  for (const { status, body } of answers) {
    if (status === 409) assert.ok(JSON.stringify(body).includes(id), JSON.stringify(body));
  }
  logOk(world, "once", PAYLOAD, id);
  await world.settle(server);
  assertKept(t, await world.verdict(server, 0));
  assert.equal(await server.stop(), 0);
});

/** The kill may have come between the first delivery and its record. */
async function recorded(world: World): Promise<number> {
  return Math.min(1, Math.max(0, world.receipts.length - 1));
}
