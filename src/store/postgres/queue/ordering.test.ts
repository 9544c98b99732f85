/** The order of one ordering key when several nodes accept its events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDatabase } from "../../../../test/postgres/databases.ts";
import {
  claimAll,
  delivered,
  makeApp,
  mustPublish,
  newEvent,
} from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import type { StoreOptions } from "../../options.ts";
import { openPostgres } from "../open.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
  },
  onFatal: (error) => assert.fail(String(error)),
};

test("events of one key leave in the order of acceptance, whichever nodes accepted them", async () => {
  await using database = await makeDatabase();
  await using first = await openPostgres(database.url, OPTIONS);
  await using second = await openPostgres(database.url, OPTIONS);
  const { app, endpoints } = await makeApp(first, {});
  const endpointId = endpoints[0]?.endpointId ?? "";
  // Each node has a block of numbers now; the second one's is above the first one's.
  await mustPublish(first, app.id, [newEvent()]);
  await mustPublish(second, app.id, [newEvent()]);
  const keyed = Array.from({ length: 4 }, () => newEvent({ orderingKey: "k" }));
  for (const [index, event] of keyed.entries()) {
    await mustPublish(index % 2 === 0 ? second : first, app.id, [event]);
  }
  await first.shards.hold({ owner: "n", atMost: 256, leaseMs: 600_000 });
  const order: string[] = [];
  for (;;) {
    const leased = await claimAll(first, "n", { endpointId });
    if (leased.length === 0) break;
    order.push(...leased.map(({ snapshot }) => snapshot.eventId));
    await first.queue.record({ outcomes: leased.map((one) => delivered(one)), now: START });
  }
  assert.deepEqual(
    order.filter((id) => keyed.some((event) => event.id === id)),
    keyed.map(({ id }) => id),
  );
});
