import assert from "node:assert/strict";
import { test } from "node:test";
import type { AcceptEndpoint, MadeEvent } from "./accept-state.ts";
import { planDelivery, type DeliveryLookups } from "./plan-delivery.ts";

const NOW = 1_000_000;
const LEASE = { owner: "me", fence: 7 };

const endpoint: AcceptEndpoint = {
  endpointId: "ep",
  dialect: "svix",
  status: "enabled",
  eventTypes: null,
  channels: null,
  tags: null,
  lines: null,
  wantsHistory: false,
  filter: null,
  seq: 1,
  appSeq: 2,
  shard: 3,
  version: 4,
  parkedMs: 50,
  parkedAt: null,
  skipAfterMs: 600,
};

function eventWith(p: { orderingKey?: string; deliverAt?: number; mayLease?: boolean }): MadeEvent {
  const row = {
    acceptedAt: NOW,
    orderingKey: p.orderingKey ?? null,
    deliverAt: p.deliverAt ?? null,
  } as MadeEvent["row"];
  const context = { mayLease: p.mayLease ?? true } as MadeEvent["context"];
  return { context, row, snapshot: {} as MadeEvent["snapshot"], index: 0, bytes: 9 };
}

function plan(event: MadeEvent, lookups: Partial<DeliveryLookups> = {}, to = endpoint) {
  const usual = { isFull: () => false, isBehind: () => false, findLease: () => LEASE };
  const { row, ...others } = planDelivery({ ...usual, ...lookups }, event, to, 0, 1);
  return { ...row, ...others };
}

test("a delivery that is due at once is leased, and its bytes count as pending", () => {
  const { lease, dueAt, baseAt, tally, skipAt } = plan(eventWith({}));
  assert.deepEqual([lease, dueAt, baseAt, skipAt], [LEASE, NOW, NOW, null]);
  assert.deepEqual(tally, { created: 1, pendingBytes: 9 });
});

test("a delivery with a later start is due then and not leased", () => {
  const { lease, dueAt } = plan(eventWith({ deliverAt: NOW + 5 }));
  assert.deepEqual([lease, dueAt], [null, NOW + 5]);
  assert.equal(plan(eventWith({ deliverAt: NOW - 5 })).dueAt, NOW);
});

test("a delivery behind its ordering key has no due time and is not leased", () => {
  const event = eventWith({ orderingKey: "k" });
  const waiting = plan(event, { isBehind: () => true });
  assert.deepEqual([waiting.lease, waiting.dueAt, waiting.baseAt], [null, null, NOW]);
  assert.equal(waiting.skipAt, NOW + endpoint.skipAfterMs);
  assert.equal(plan(event).dueAt, NOW);
});

test("a delivery beyond the quota fails at once, asks nothing further and leaves its order", () => {
  const never = () => assert.fail("asked");
  const failed = plan(eventWith({ orderingKey: "k" }), {
    isFull: () => true,
    isBehind: never,
    findLease: never,
  });
  assert.deepEqual([failed.state, failed.reason, failed.finishedAt], [2, "backlog_full", NOW]);
  assert.deepEqual([failed.dueAt, failed.orderingKey, failed.skipAt], [null, null, null]);
  assert.deepEqual(failed.tally, { created: 1, failed: 1 });
});

test("the event of an operational note leases nothing", () => {
  assert.equal(plan(eventWith({ mayLease: false })).lease, null);
});

test("the parked time of a paused endpoint includes the current pause, for a failure as well", () => {
  const paused = { ...endpoint, status: "paused", parkedAt: NOW - 20 } as const;
  assert.equal(plan(eventWith({}), {}, paused).parkedMs, 70);
  assert.equal(plan(eventWith({}), { isFull: () => true }, paused).parkedMs, 70);
});
