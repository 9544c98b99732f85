import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mustPublish,
  receivedText,
  makeApp,
  startEngine,
} from "../../../test/contract/store/fixtures.ts";
import { openStore } from "../open.ts";
import { readOwnerLeased, writeOwnerLeased } from "./owner-leased.ts";

test("a copy between threads keeps message, line and contact, and deliveries of one event share it", async () => {
  await using store = await openStore("sqlite::memory:", {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
    },
    onFatal: (error) => {
      throw error;
    },
  });
  const { app } = await makeApp(store, {});
  const { leased } = await startEngine(store);
  await mustPublish(store, app.id, [receivedText({ id: "m" })]);
  assert.equal(leased.length, 2);
  // The fixture's snapshots have every member themselves, as those of a publish on PostgreSQL do.
  const once = readOwnerLeased(structuredClone(writeOwnerLeased(leased)));
  // These are parsed when they are first read, as after a claim.
  const twice = readOwnerLeased(structuredClone(writeOwnerLeased(once)));
  for (const copy of [once, twice]) {
    for (const [n, { snapshot, ...delivery }] of copy.entries()) {
      const { snapshot: original, ...fields } = leased[n] as (typeof leased)[number];
      const { message, contact, line, conversation, account } = snapshot;
      assert.deepEqual(delivery, fields);
      assert.deepEqual({ ...snapshot, message, contact, line, conversation, account }, original);
    }
    assert.equal(typeof copy[0]?.snapshot.message?.snowflake, "bigint");
    const shared = new Set(copy.map(({ snapshot }) => snapshot)).size;
    assert.equal(shared, new Set(leased.map(({ snapshot }) => snapshot)).size);
  }
});
