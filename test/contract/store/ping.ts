/** Contract: whether the store can be written. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Harness, START } from "./harness.ts";
import { publishAt } from "./steps.ts";
import { story } from "./story.ts";

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
}
