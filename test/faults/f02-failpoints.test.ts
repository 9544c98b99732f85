/**
 * F2, for I1 and I2: the server dies at two failpoints, with many requests in flight. The publishers repeat
 * each request under the same Idempotency-Key: one event, one id, delivered once or twice. At the third
 * failpoint it dies between the parts of a large fan-out.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { call, temporaryFolder } from "../harness/server.ts";
import type { Publish } from "./history.ts";
import { toHash, toPayload } from "./harness/load.ts";
import { assertIntact, assertKept, openWorld, type World } from "./harness/world.ts";

const REQUESTS = 50;

type Request = { readonly key: string; readonly eventIds: readonly string[] };

const REQUESTS_OF: readonly Request[] = Array.from({ length: REQUESTS }, (_, n) => ({
  key: `key-${n}`,
  eventIds: Array.from({ length: n % 5 === 0 ? 4 : 1 }, (__, part) => `e${n}-${part}`),
}));

/** Sends one request and logs it. A batch is one request under one key. */
async function send(world: World, url: string, { key, eventIds }: Request): Promise<number | null> {
  const events = eventIds.map((eventId, count) => ({
    eventType: "load.test",
    eventId,
    payload: toPayload(eventId, count),
  }));
  const [path, body] = events.length === 1 ? ["/msg", events[0]] : ["/msg/batch", events];
  const answer = await call(url, "POST", `/app/${world.app}${path}`, body, {
    "idempotency-key": key,
  }).catch(() => null);
  const made = (answer?.body["data"] ?? [answer?.body]) as readonly { readonly id: string }[];
  for (const [n, event] of events.entries()) {
    world.publishes.push({
      eventId: event.eventId,
      bodyHash: toHash(JSON.stringify(event.payload)),
      outcome: toOutcome(answer?.status),
      id: answer?.status === 202 ? (made[n]?.id ?? null) : null,
    });
  }
  return answer?.status ?? null;
}

function toOutcome(status: number | undefined): Publish["outcome"] {
  if (status === undefined || status >= 500) return "unknown";
  return status < 300 ? "ok" : "fail";
}

async function dieAndRepeat(t: TestContext, failpoint: string): Promise<void> {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  await using world = await openWorld({ file });
  {
    await using first = await world.start();
    await world.setUp(first);
    await first.stop();
  }
  {
    await using doomed = await world.start({ settings: { HOOKLINE_FAILPOINT: failpoint } });
    await Promise.all(REQUESTS_OF.map((request) => send(world, doomed.url, request)));
    await doomed.ended;
    assert.match(doomed.stderr(), new RegExp(failpoint), "the failpoint was not reached");
  }
  assertIntact(file);
  const unanswered = world.publishes.filter(({ outcome }) => outcome === "unknown").length;
  const inFlight = await world.unrecorded();
  assert.ok(unanswered + inFlight > 0, "the failpoint interrupted nothing");

  await using server = await world.start();
  for (const request of REQUESTS_OF) {
    assert.equal(await send(world, server.url, request), 202, request.key);
  }
  await world.settle(server);
  const verdict = await world.verdict(server, inFlight);
  assertKept(t, verdict, `${unanswered} unanswered, ${inFlight} sent and not recorded`);
  const times = new Map<string, number>();
  for (const { id } of world.receipts) times.set(id, (times.get(id) ?? 0) + 1);
  assert.equal(times.size, REQUESTS_OF.flatMap(({ eventIds }) => eventIds).length);
  for (const [id, count] of times) assert.ok(count <= 2, `${id} came ${count} times`);
  assert.equal(await server.stop(), 0);
}

for (const failpoint of ["after-commit-before-reply", "after-send-before-record"]) {
  test(`F2 killed at ${failpoint}: repeats under the same key create one event each, delivered at most twice`, (t) =>
    dieAndRepeat(t, failpoint));
}

const FANNED_ENDPOINTS = 4;
/** Deliveries for five parts and more than a publish makes itself. */
const FANNED_EVENTS = 300;

test("F2 killed between the parts of a large fan-out: every delivery is made once", async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  await using world = await openWorld({ file, endpoints: FANNED_ENDPOINTS });
  {
    await using first = await world.start();
    await world.setUp(first);
    await first.stop();
  }
  const eventIds = Array.from({ length: FANNED_EVENTS }, (_, n) => `fanned-${n}`);
  {
    await using doomed = await world.start({
      settings: { HOOKLINE_FAILPOINT: "between-fan-out-parts" },
    });
    assert.equal(await send(world, doomed.url, { key: "fanned", eventIds }), 202);
    await doomed.ended;
    assert.match(doomed.stderr(), /between-fan-out-parts/);
  }
  assertIntact(file);
  const { fanningOut, pending } = await checkStore(world.settings);
  assert.ok(fanningOut > 0, "no part was left");
  assert.ok(fanningOut < FANNED_EVENTS * FANNED_ENDPOINTS, "no part was made");

  const inFlight = await world.unrecorded();
  await using server = await world.start();
  await world.settle(server);
  const verdict = await world.verdict(server, inFlight);
  assertKept(t, verdict, `${fanningOut} deliveries were left, ${pending} pending`);
  assert.equal(verdict.violations.length, 0);
  assert.ok(world.receipts.length >= FANNED_EVENTS * FANNED_ENDPOINTS);
  assert.equal(await server.stop(), 0);
});
