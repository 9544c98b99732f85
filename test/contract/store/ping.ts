/** Contract: whether the store can be written, and which store it is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Harness, START } from "./harness.ts";
import { publishAt } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

export function testPing(harness: Harness): void {
  describe("ping", () => {
    test("resolves for concurrent calls, and does not change the accounts", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        await publishAt(store, app.id, START);
        const before = await store.upkeep.check();
        await Promise.all(Array.from({ length: 20 }, () => store.ping()));
        assert.deepEqual(await store.upkeep.check(), before);
      }));

    test("rejects with store_unavailable once the store is closed", async () => {
      const opened = await harness.open();
      const { store } = opened;
      await opened[Symbol.asyncDispose]();
      await assert.rejects(store.ping(), { code: "store_unavailable" });
    });
  });

  describe("the description of a store", () => {
    test("has the version of the database, the newest migration, and its clock", () =>
      story(harness, EMPTY, async ({ store }) => {
        const before = Date.now();
        const { version, schema, at, freeBytes } = await store.upkeep.describe();
        assert.match(version, store.kind === "sqlite" ? /^SQLite 3\.\d/ : /^PostgreSQL \d\d/);
        assert.match(schema, /^\d{4}-\d\d-\d\d-[a-z-]+$/);
        if (store.kind === "sqlite") {
          assert.equal(at, null);
          assert.ok(freeBytes === null || freeBytes > 0);
        } else {
          // The database of the tests is on this machine.
          assert.ok(at !== null && at >= before - 1 && at <= Date.now() + 1);
          assert.equal(freeBytes, null);
        }
      }));
  });
}
