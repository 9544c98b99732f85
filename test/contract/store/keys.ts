/** Contract: API keys, which are found by the hash of their secret alone. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Key } from "../../../src/store/interface/tenancy.ts";
import { type Harness, START } from "./harness.ts";
import { makeApp } from "./fixtures.ts";
import { nextId } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

function sampleKey(appId: string, fill: number, more: Partial<Key> = {}): Key {
  return {
    id: nextId("key_"),
    appId,
    kind: "sendblue",
    scopes: ["webhooks"],
    secretHash: new Uint8Array(32).fill(fill),
    keyId: `public-${fill}`,
    createdAt: START + fill,
    revokedAt: null,
    ...more,
  };
}

export function testKeys(harness: Harness): void {
  describe("keys", () => {
    test("a key is found by its hash until it is revoked", () =>
      story(harness, APP, async ({ store, app }) => {
        const key = sampleKey(app.id, 1);
        assert.deepEqual(await store.keys.create({ key }), key);
        assert.deepEqual(await store.keys.findByHash({ secretHash: key.secretHash }), key);
        const none = new Uint8Array(32);
        assert.equal(await store.keys.findByHash({ secretHash: none }), null);

        const revoke = { appRef: app.id, keyId: key.id, now: START + 9 };
        assert.equal(await store.keys.revoke(revoke), true);
        assert.equal(await store.keys.revoke(revoke), false);
        assert.equal(await store.keys.findByHash({ secretHash: key.secretHash }), null);
        assert.equal((await store.keys.list({ appRef: app.id }))[0]?.revokedAt, START + 9);
      }));

    test("keys are listed and revoked by their application only", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const older = sampleKey(app.id, 1);
        const newer = sampleKey(app.id, 2, { kind: "manage", scopes: ["manage"], keyId: null });
        await store.keys.create({ key: older });
        await store.keys.create({ key: newer });
        assert.deepEqual(await store.keys.list({ appRef: app.id }), [newer, older]);
        assert.deepEqual(await store.keys.list({ appRef: other.id }), []);
        const foreign = { appRef: other.id, keyId: older.id, now: START };
        assert.equal(await store.keys.revoke(foreign), false);
      }));

    test("a key of an unknown application is refused", () =>
      story(harness, EMPTY, async ({ store }) => {
        await assert.rejects(store.keys.create({ key: sampleKey("app_none", 1) }), {
          code: "not_found",
        });
      }));
  });
}
