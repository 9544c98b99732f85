/**
 * The breaker of an endpoint, in the whole engine: fewer requests to a receiver that is down, and recovery
 * afterwards.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openEngineWorld, START } from "../../test/harness/engine.ts";
import type { EngineWorld } from "../../test/harness/engine.ts";
import { startReceiver } from "../../test/harness/receiver.ts";
import type { Receiver } from "../../test/harness/receiver.ts";
import { PROBE_WAITS_MS } from "../core/delivery/breaker.ts";
import { newEvent } from "../../test/contract/store/fixtures.ts";
import type { Engine } from "./engine.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A receiver that answers with the current value of `mood.status`. */
async function startMoody(status: number) {
  const mood = { status };
  const receiver = await startReceiver((_receipt, response) =>
    response.writeHead(mood.status).end(),
  );
  return { receiver, mood };
}

function publish(world: EngineWorld, count: number, type = "down"): Promise<void> {
  return world.publish(...Array.from({ length: count }, () => newEvent({ type })));
}

async function isQuiet(engine: Engine): Promise<void> {
  await eventually(engine.snapshot, (now) => now.leased === 0 && now.unrecorded === 0);
}

async function nextProbeAt(world: EngineWorld, endpointId: string): Promise<number> {
  const ask = { endpointIds: [endpointId] };
  const [sending] = await eventually(
    () => world.store.endpoints.forSending(ask),
    ([only]) => (only?.breaker?.probeAt ?? 0) > world.clock.now(),
  );
  return sending?.breaker?.probeAt ?? 0;
}

/** Moves time to just before the probe, and then to it. */
async function probe(world: EngineWorld, at: number, p: { receiver: Receiver; engine: Engine }) {
  const before = p.receiver.receipts.length;
  world.clock.moveTo(at - 1);
  await world.store.ping();
  await isQuiet(p.engine);
  assert.equal(p.receiver.receipts.length, before, "nothing is sent before the probe's time");
  world.clock.moveTo(at);
  await p.receiver.until(() => p.receiver.receipts.length > before);
}

test("a receiver that is down gets only probes, and waiting deliveries use up no attempts", async () => {
  const { receiver, mood } = await startMoody(503);
  await using _closed = receiver;
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await publish(world, 1000);
  let at = await nextProbeAt(world, endpointId);
  await isQuiet(engine);
  // Five failures in a row open the breaker; the attempts in flight beside them still end.
  const opening = receiver.receipts.length;
  assert.ok(opening >= 5 && opening <= 8, `${opening} attempts until it opened`);
  const waits: number[] = [at - START];
  for (let i = 0; i < 8; i++) {
    await probe(world, at, { receiver, engine });
    at = await nextProbeAt(world, endpointId);
    waits.push(at - world.clock.now());
    await isQuiet(engine);
  }
  assert.deepEqual(waits, [...PROBE_WAITS_MS, 15 * MINUTE, 15 * MINUTE]);
  assert.equal(receiver.receipts.length, opening + 8);
  const probes = (await world.attempts(endpointId)).map(({ detail }) => detail?.isProbe);
  assert.deepEqual(probes, [...Array(opening).fill(false), ...Array(8).fill(true)]);
  const totals = await world.store.upkeep.totals();
  assert.deepEqual([totals.pending, totals.failed], [1000, 0]);
  assert.match(await world.scrape(), /hookline_breaker_probes_total\{result="failed"\} 8/);

  mood.status = 200;
  await probe(world, at, { receiver, engine });
  await eventually(world.log, (log) => log.includes("breaker closed"));
});

test("after the breaker closes, every waiting delivery is sent, at a rate that starts low and doubles", async () => {
  const { receiver, mood } = await startMoody(503);
  await using _closed = receiver;
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await publish(world, 600);
  const at = await nextProbeAt(world, endpointId);
  await isQuiet(engine);
  mood.status = 200;
  await probe(world, at, { receiver, engine });
  await eventually(world.log, (log) => log.includes("breaker closed"));
  const before = receiver.receipts.length;
  for (let second = 0; second < 10; second++) {
    // One more than the rate allows, since a second's first send may come at the end of the previous second.
    const sent = receiver.receipts.length - before;
    const most = 2 ** (second + 1) + second;
    assert.ok(sent <= most, `${sent} within ${second} s, ${most} are allowed`);
    for (let step = 0; step < 20; step++) {
      world.clock.moveBy(50);
      await eventually(engine.snapshot, ({ inFlight }) => inFlight === 0);
      await world.store.ping();
    }
  }
  assert.ok(receiver.receipts.length - before >= 100, "it does get faster");
  await drain(world, engine, 600);
});

test("a restart keeps the breaker open, and the next engine sends the probe on time", async () => {
  const { receiver } = await startMoody(503);
  await using _closed = receiver;
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const first = await world.start();
  await publish(world, 50);
  let at = await nextProbeAt(world, endpointId);
  await probe(world, at, { receiver, engine: first });
  at = await nextProbeAt(world, endpointId);
  await isQuiet(first);
  await first.stop({ graceMs: 0 });
  const engine = await world.start();
  await probe(world, at, { receiver, engine });
  const next = await nextProbeAt(world, endpointId);
  assert.equal(next - at, 45 * SECOND);
});

test("F25: an event that a receiver never accepts is retried and holds back no other event", async () => {
  await using receiver = await startReceiver((receipt, response) =>
    response.writeHead(receipt.body.includes("poison") ? 500 : 200).end(),
  );
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  await world.start();
  await world.publish(newEvent({ payloadText: '{"poison":true}' }));
  for (let count = 1; count <= 8; count++) {
    const [poison] = await eventually(
      () => world.deliveries(endpointId),
      ([only]) => (only?.nextAttemptAt ?? 0) > world.clock.now(),
    );
    assert.equal(receiver.receipts.length, count);
    world.clock.moveTo(poison?.nextAttemptAt ?? 0);
    await receiver.until(() => receiver.receipts.length === count + 1);
  }
  await world.publish(...Array.from({ length: 30 }, () => newEvent()));
  await eventually(
    () => world.store.upkeep.totals(),
    ({ delivered, pending }) => delivered === 30 && pending === 1,
  );
  assert.doesNotMatch(world.log(), /breaker opened/);
});

test("I6: the 72 hours run behind an open breaker, and a probe that failed just before counts as the last attempt", async () => {
  const { receiver } = await startMoody(503);
  await using _closed = receiver;
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await publish(world, 40);
  await nextProbeAt(world, endpointId);
  await isQuiet(engine);
  const opening = receiver.receipts.length;
  world.clock.moveTo(START + 72 * HOUR - MINUTE);
  await receiver.until(() => receiver.receipts.length > opening);
  await nextProbeAt(world, endpointId);
  await isQuiet(engine);
  const sent = receiver.receipts.length;
  const { failed } = await world.store.upkeep.totals();
  assert.equal(failed, 0, "nothing ends before its time");

  world.clock.moveTo(START + 72 * HOUR);
  await sweepUntil(world, { failed: 40 });
  assert.equal(receiver.receipts.length, sent, "not one more attempt at a receiver that is down");
  const [latest] = (await world.attempts(endpointId)).toReversed();
  const lines = world
    .log()
    .split("\n")
    .filter((line) => line.includes("counts as its last attempt"));
  assert.equal(lines.length, 40);
  for (const line of lines) assert.ok(line.includes(latest?.id ?? "no attempt"), line);
  assert.match(await world.scrape(), /hookline_expired_behind_breaker_total 40/);
  const deliveries = await world.deliveries(endpointId);
  assert.ok(deliveries.every(({ status }) => status === "failed"));
  assert.deepEqual((await world.store.upkeep.check()).problems, []);
});

test("I6: after a time without probes the deadline waits for one, and the deliveries it lets through are not lost", async () => {
  const { receiver, mood } = await startMoody(503);
  await using _closed = receiver;
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url });
  const engine = await world.start();
  await publish(world, 10);
  await nextProbeAt(world, endpointId);
  await isQuiet(engine);
  await engine.stop({ graceMs: 0 });
  world.clock.moveBy(80 * HOUR);
  mood.status = 200;
  const next = await world.start();
  await eventually(world.log, (log) => log.includes("breaker closed"));
  await drain(world, next, 10);
});

test("I4: a healthy endpoint gets each event at once beside an open breaker and its backlog", async () => {
  const { receiver } = await startMoody(503);
  await using _closed = receiver;
  await using healthy = await startReceiver();
  await using world = await openEngineWorld({ limits: { leaseRoom: 64, inFlight: 16 } });
  const down = await world.makeEndpoint({ url: receiver.url, eventTypes: ["down"] });
  await world.makeEndpoint({ url: healthy.url, eventTypes: ["well"] });
  const engine = await world.start();
  await publish(world, 1000);
  await nextProbeAt(world, down.endpointId);
  await isQuiet(engine);
  const sent = receiver.receipts.length;
  for (let i = 1; i <= 50; i++) {
    await world.publish(newEvent({ type: "well" }), newEvent({ type: "down" }));
    await healthy.until(() => healthy.receipts.length === i);
  }
  await isQuiet(engine);
  assert.equal(receiver.receipts.length, sent);
  assert.equal(world.clock.now(), START, "time stood still");
});

test("a long Retry-After is still in force after a restart", async () => {
  await using receiver = await startReceiver((_receipt, response) =>
    response.writeHead(429, { "retry-after": "3600" }).end(),
  );
  await using healthy = await startReceiver();
  await using world = await openEngineWorld();
  const { endpointId } = await world.makeEndpoint({ url: receiver.url, eventTypes: ["down"] });
  await world.makeEndpoint({ url: healthy.url, eventTypes: ["down", "well"] });
  const first = await world.start();
  await publish(world, 1);
  await eventually(
    () => world.attempts(endpointId),
    ({ length }) => length === 1,
  );
  await first.stop({ graceMs: 0 });
  await world.start();
  // The healthy endpoint receives these while the paused one would be sent to, were it not paused.
  for (let count = 2; count <= 6; count++) {
    await publish(world, 1, count === 2 ? "down" : "well");
    await healthy.until(() => healthy.receipts.length === count);
  }
  assert.equal(receiver.receipts.length, 1);
  world.clock.moveTo(START + HOUR - 1);
  await world.store.ping();
  assert.equal(receiver.receipts.length, 1);
  world.clock.moveTo(START + HOUR);
  await receiver.until(() => receiver.receipts.length >= 2);
});

async function sweepUntil(world: EngineWorld, p: { failed: number }): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await world.store.upkeep.totals()).failed === p.failed) return;
    world.clock.moveBy(SECOND);
    await world.store.ping();
  }
  assert.fail(`of ${p.failed} only ${JSON.stringify(await world.store.upkeep.totals())}`);
}

/** Advances time until that many deliveries are delivered; none may exist beyond them. */
async function drain(world: EngineWorld, engine: Engine, count: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const { delivered, created } = await world.store.upkeep.totals();
    if (delivered === count) return assert.equal(created, count);
    world.clock.moveBy(SECOND);
    await eventually(engine.snapshot, ({ inFlight }) => inFlight === 0);
  }
  assert.fail(`of ${count} only ${JSON.stringify(await world.store.upkeep.totals())}`);
}
