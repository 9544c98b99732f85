/** Contract: applications, which are found by id or uid, listed, changed, and deleted with all their data. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Harness, START } from "./harness.ts";
import { makeApp, newApp } from "./fixtures.ts";
import {
  claimDue,
  firstPage,
  nextId,
  idempotencyKey,
  OWNER,
  publishAt,
  sweepAll,
} from "./steps.ts";
import { EMPTY, story } from "./story.ts";

export function testApps(harness: Harness): void {
  describe("applications", () => {
    test("an application is found by its id and by its uid", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "acme", throttleRate: 5, signatureHeaders: "svix", test: true });
        assert.deepEqual(await store.apps.create({ app, idempotencyKey: null }), {
          repeated: false,
          value: app,
        });
        assert.deepEqual(await store.apps.get({ ref: app.id }), app);
        assert.deepEqual(await store.apps.get({ ref: "acme" }), app);
        assert.equal(await store.apps.get({ ref: "nobody" }), null);
      }));

    test("a text that is one application's id and another's uid means the id", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp();
        await store.apps.create({ app, idempotencyKey: null });
        await store.apps.create({
          app: newApp({ uid: app.id, name: "other" }),
          idempotencyKey: null,
        });
        assert.deepEqual(await store.apps.get({ ref: app.id }), app);
      }));

    test("a uid of a live application is refused, and free again after its deletion", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "acme" });
        await store.apps.create({ app, idempotencyKey: null });
        const again = newApp({ uid: "acme" });
        await assert.rejects(store.apps.create({ app: again, idempotencyKey: null }), {
          code: "conflict",
        });
        const other = newApp({ uid: "other" });
        await store.apps.create({ app: other, idempotencyKey: null });
        const change = { uid: "acme" };
        await assert.rejects(store.apps.update({ ref: "other", change, now: START }), {
          code: "conflict",
        });
        assert.equal(await store.apps.delete({ ref: "acme", now: START }), true);
        assert.deepEqual(
          (await store.apps.create({ app: again, idempotencyKey: null })).value,
          again,
        );
      }));

    test("an Idempotency-Key creates one application, and another body under it is refused", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp();
        await store.apps.create({ app, idempotencyKey: idempotencyKey("k") });
        const repeat = await store.apps.create({
          app: newApp(),
          idempotencyKey: idempotencyKey("k"),
        });
        assert.deepEqual(repeat, { repeated: true, value: app });
        const other = idempotencyKey("k", "another body");
        await assert.rejects(store.apps.create({ app: newApp(), idempotencyKey: other }), {
          code: "idempotency_mismatch",
        });
        assert.equal((await store.apps.list(firstPage())).items.length, 1);
      }));

    test("getOrCreate returns the application with the uid, or creates it", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "acme" });
        assert.deepEqual(
          await store.apps.getOrCreate({ app, idempotencyKey: idempotencyKey("k") }),
          {
            app,
            created: true,
          },
        );
        const second = newApp({ uid: "acme" });
        assert.deepEqual(await store.apps.getOrCreate({ app: second, idempotencyKey: null }), {
          app,
          created: false,
        });
        assert.deepEqual(
          await store.apps.getOrCreate({ app: second, idempotencyKey: idempotencyKey("k") }),
          {
            app,
            created: true,
          },
        );
      }));

    test("a change affects the given fields only", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "acme" });
        await store.apps.create({ app, idempotencyKey: null });
        const changed = await store.apps.update({
          ref: "acme",
          change: { name: "New", uid: null },
          now: START + 5,
        });
        assert.deepEqual(changed, { ...app, name: "New", uid: null, updatedAt: START + 5 });
        assert.deepEqual(await store.apps.get({ ref: app.id }), changed);
        assert.equal(await store.apps.get({ ref: "acme" }), null);
        assert.equal(await store.apps.update({ ref: "acme", change: {}, now: START }), null);
      }));

    test("a change of an application's delivery settings reaches the owners of its endpoints", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const notified: unknown[] = [];
        await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
        store.shards.onChanged({ owner: OWNER, listener: (changed) => notified.push(changed) });
        const change = { throttleRate: 7, signatureHeaders: "webhook" as const };
        await store.apps.update({ ref: app.id, change: { throttleRate: 7 }, now: START + 1 });
        await store.apps.update({ ref: app.id, change, now: START + 2 });
        await store.apps.update({ ref: app.id, change: { name: "New" }, now: START + 3 });
        assert.deepEqual(notified, [
          { endpointId, version: 2 },
          { endpointId, version: 3 },
        ]);
        const [sending] = await store.endpoints.forSending({ endpointIds: [endpointId] });
        assert.equal(sending?.appThrottleRate, 7);
        assert.equal(sending?.appSignatureHeaders, "webhook");
      }));

    test("applications are listed in pages, both ways, without deleted ones", () =>
      story(harness, EMPTY, async ({ store }) => {
        const apps = Array.from({ length: 5 }, (_, i) => newApp({ name: `app ${i}` }));
        for (const app of apps) await store.apps.create({ app, idempotencyKey: null });
        await store.apps.delete({ ref: apps[2]?.id ?? "", now: START });
        const names = async (more: Parameters<typeof firstPage>[0]) => {
          const page = await store.apps.list(firstPage({ limit: 2, ...more }));
          return [...page.items.map((app) => app.name), page.done];
        };
        assert.deepEqual(await names({}), ["app 4", "app 3", false]);
        assert.deepEqual(await names({ after: apps[3]?.id ?? "" }), ["app 1", "app 0", true]);
        const back = { after: apps[0]?.id ?? "", backward: true };
        assert.deepEqual(await names(back), ["app 3", "app 1", false]);
        assert.deepEqual(await names({ ascending: true }), ["app 0", "app 1", false]);
      }));

    test("applications without endpoints can be excluded from the list", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeApp(store);
        const { app } = await makeApp(store, {});
        const page = await store.apps.list({ ...firstPage(), excludeEmpty: true });
        assert.deepEqual(
          page.items.map((item) => item.id),
          [app.id],
        );
      }));

    test("applications whose endpoints are all disabled can be excluded from the list", () =>
      story(harness, EMPTY, async ({ store }) => {
        const disabled = { status: "disabled" } as const;
        const empty = await makeApp(store);
        await makeApp(store, disabled, disabled);
        const deleted = await makeApp(store, disabled, {});
        const ref = deleted.endpoints[1]?.endpointId ?? "";
        const change = { status: "deleted" } as const;
        await store.endpoints.update({ appRef: deleted.app.id, ref, change, now: START });
        const mixed = await makeApp(store, disabled, {});
        const paused = await makeApp(store, { status: "paused" });
        const list = async (more: { excludeEmpty?: boolean }) => {
          const page = await store.apps.list({ ...firstPage(), excludeDisabled: true, ...more });
          return page.items.map(({ id }) => id);
        };
        const active = [paused.app.id, mixed.app.id];
        assert.deepEqual(await list({}), [...active, empty.app.id]);
        assert.deepEqual(await list({ excludeEmpty: true }), active);
      }));

    test("deleting an application deletes its endpoints, keys and lines, and blanks its content", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook" }], engine: false },
        async ({ store, app, endpoints }) => {
          const secretHash = new Uint8Array(32).fill(7);
          const key = {
            id: nextId("key_"),
            appId: app.id,
            kind: "publish" as const,
            scopes: ["publish" as const],
            secretHash,
            keyId: null,
            createdAt: START,
            revokedAt: null,
          };
          await store.keys.create({ key });
          await publishAt(store, app.id, START);
          assert.equal((await claimDue(store, START)).length, 1);
          const held: unknown[] = [];
          store.shards.onChanged({ owner: "node-a", listener: (changed) => held.push(changed) });

          assert.equal(await store.apps.delete({ ref: app.id, now: START + 1 }), true);
          assert.equal(await store.apps.delete({ ref: app.id, now: START + 1 }), false);
          assert.equal(await store.apps.get({ ref: app.id }), null);
          assert.equal(await store.keys.findByHash({ secretHash }), null);
          assert.equal(await store.endpoints.get({ appRef: app.id, ref: "hook" }), null);
          assert.deepEqual(held, [{ endpointId: endpoints[0]?.endpointId, version: 2 }]);
          await assert.rejects(publishAt(store, app.id, START + 2), /refused/);
          await sweepAll(store, START + 2);
          const { apps, problems } = await store.upkeep.check();
          assert.deepEqual(problems, []);
          assert.equal(apps[0]?.cancelled, 1);
        },
      ));
  });
}
