/** A sender thread's calls of the writer. The port is used in this process, since a port works the same on a thread. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeApp, mustPublish, newEvent } from "../../../../test/contract/store/fixtures.ts";
import { eventually } from "../../../../test/harness/engine.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import { openStore } from "../../open.ts";
import type { Store } from "../../store.ts";
import { connectToWriter, type WriterPort } from "./writer-port.ts";

async function openMemoryStore(): Promise<Store> {
  return await openStore("sqlite::memory:", {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
    },
    onFatal: (error) => {
      throw error;
    },
  });
}

async function join(store: Store, owner: string, atMost: number) {
  const connection = connectToWriter(store.openWriterPort() as WriterPort);
  const seen = { leased: [] as LeasedDelivery[], due: [] as string[] };
  connection.listen(owner, (leased, due) => {
    seen.leased.push(...leased);
    seen.due.push(...due);
  });
  await store.shards.hold({ owner, atMost, leaseMs: 60_000 });
  // The writer has the owner when it answers a call of this port.
  await connection.call("store.ping", {});
  return { connection, seen };
}

test("deliveries of a publish reach the port of their owner with their payload, and no other", async () => {
  await using store = await openMemoryStore();
  const { app } = await makeApp(store, { shard: 3 }, { shard: 200 });
  const main: LeasedDelivery[] = [];
  const one = await join(store, "node/1", 128);
  const other = await join(store, "node/2", 128);
  store.queue.listen({ owner: "main", onLeased: (leased) => void main.push(...leased) });
  const payloads = ['{"n":1}', '{"n":2}'];
  await mustPublish(
    store,
    app.id,
    payloads.map((payloadText) => newEvent({ payloadText })),
  );
  await eventually(
    () => one.seen.leased.length + other.seen.leased.length,
    (count) => count === 4,
  );
  assert.deepEqual(main, []);
  for (const [{ seen }, shard] of [
    [one, 3],
    [other, 200],
  ] as const) {
    assert.deepEqual(
      seen.leased.map((delivery) => [delivery.shard, delivery.snapshot.payloadText]),
      payloads.map((payloadText) => [shard, payloadText]),
    );
  }
});

test("a refused call is refused to its port, and a closed writer ends the calls that wait", async () => {
  const store = await openMemoryStore();
  const { connection } = await join(store, "node/1", 256);
  await assert.rejects(connection.call("no.such", {}), { code: "internal" });
  await store[Symbol.asyncDispose]();
  await assert.rejects(connection.call("store.ping", {}), { code: "store_unavailable" });
});

test("endpoints that become due wake the port of their owner only", async () => {
  await using store = await openMemoryStore();
  const { app, endpoints } = await makeApp(store, { shard: 3 }, { shard: 200 });
  const [one, other] = [await join(store, "node/1", 128), await join(store, "node/2", 128)];
  const later = newEvent({ deliverAt: 1_900_000_000_000 });
  await mustPublish(store, app.id, [later]);
  const [first, second] = endpoints.map(({ endpointId }) => endpointId);
  await eventually(
    () => [one.seen.due, other.seen.due],
    ([a, b]) => a?.includes(first ?? "") === true && b?.includes(second ?? "") === true,
  );
  assert.deepEqual([new Set(one.seen.due).size, new Set(other.seen.due).size], [1, 1]);
});
