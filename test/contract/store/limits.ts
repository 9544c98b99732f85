/** Contract: limits of an application, their use, and the application's own numbers. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AppError } from "../../../src/core/error.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEndpoint, newEvent, publish } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { OWNER } from "./steps.ts";
import { APP, story } from "./story.ts";

/** Two, four and three octets. */
const TEXT = "ü😀日";
const BIG = "x".repeat(1_000);

export function testLimits(harness: Harness): void {
  const create = (store: Store, appId: string, fields: Partial<Endpoint> = {}) =>
    store.endpoints.create({
      appRef: appId,
      endpoint: newEndpoint(appId, fields),
      idempotencyKey: null,
    });
  const update = (store: Store, ref: Endpoint, change: Partial<Endpoint>) =>
    store.endpoints.update({ appRef: ref.appId, ref: ref.endpointId, change, now: START });
  const used = async (store: Store, ref: string) => (await store.apps.limits({ ref }))?.used;

  async function assertRefused(call: Promise<unknown>, name: string, amount: string) {
    await assert.rejects(call, (error: AppError) => {
      assert.equal(error.limit, name);
      assert.equal(error.code, "limit_reached");
      assert.ok(error.message.includes(amount), error.message);
      assert.ok(error.message.endsWith(` Limit: ${name}.`), error.message);
      return true;
    });
  }

  describe("the limits of an application", () => {
    test("endpoints beyond the limit are refused, of all APIs together, and a deleted one makes room", () =>
      story(harness, { ...APP, open: { limits: { endpoints: 2 } } }, async ({ store, app }) => {
        const { value: first } = (await create(store, app.id)) as { value: Endpoint };
        await create(store, app.id, { dialect: "chirp" });
        await assertRefused(create(store, app.id), "endpoints", "2 endpoints");
        const { app: other } = await makeApp(store, {}, {});
        assert.equal((await used(store, other.id))?.endpoints, 2);
        await update(store, first, { url: "https://example.com/changed" });
        await update(store, first, { status: "deleted" });
        await create(store, app.id, { dialect: "zipwhip" });
        await assertRefused(create(store, app.id), "endpoints", "2 endpoints");
        assert.equal((await used(store, app.id))?.endpoints, 2);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("filters and other fields are counted in octets, with every change", () =>
      story(harness, APP, async ({ store, app }) => {
        const filters = { eventTypes: ["a.b"], channels: [TEXT], tags: ["t"], lines: ["+1"] };
        const { value } = (await create(store, app.id, filters)) as { value: Endpoint };
        const before = await used(store, app.id);
        assert.equal(
          before?.filterBytes,
          '["a.b"]["t"]["+1"]'.length + Buffer.byteLength(`["${TEXT}"]`),
        );
        await update(store, value, { channels: null, metadata: { note: TEXT } });
        const after = await used(store, app.id);
        assert.equal(after?.filterBytes, '["a.b"]["t"]["+1"]'.length);
        assert.equal(
          (after?.endpointBytes ?? 0) - (before.endpointBytes ?? 0),
          Buffer.byteLength(`"note":"${TEXT}"`),
        );
        await update(store, value, {
          uid: "u",
          filter: "a",
          dialectOptions: "{}",
          encryptedHeaders: Uint8Array.of(1, 2, 3),
          headerNames: ["x-a"],
          encryptedTls: Uint8Array.of(1),
          encryptedUserinfo: Uint8Array.of(1),
        });
        assert.deepEqual((await store.upkeep.check()).problems, []);
        await update(store, value, { status: "deleted" });
        const none = { endpoints: 0, filterBytes: 0, endpointBytes: 0 };
        const { endpoints, filterBytes, endpointBytes } = (await used(store, app.id)) ?? {};
        assert.deepEqual({ endpoints, filterBytes, endpointBytes }, none);
      }));

    test("bytes of endpoints beyond their limits are refused, and nothing is changed", () =>
      story(
        harness,
        { ...APP, open: { limits: { filterBytes: 1_024, endpointBytes: 2_048 } } },
        async ({ store, app }) => {
          const { value } = (await create(store, app.id, { tags: [BIG] })) as { value: Endpoint };
          const before = await used(store, app.id);
          await assertRefused(create(store, app.id, { tags: [BIG] }), "filter_bytes", "1 KiB");
          await assertRefused(update(store, value, { lines: [BIG] }), "filter_bytes", "1 KiB");
          const metadata = { one: BIG, two: BIG, three: BIG };
          await assertRefused(update(store, value, { metadata }), "endpoint_bytes", "2 KiB");
          assert.deepEqual(await used(store, app.id), before);
          assert.deepEqual(
            await store.endpoints.get({ appRef: app.id, ref: value.endpointId }),
            value,
          );
          await update(store, value, { metadata: { one: BIG } });
        },
      ));

    test("an application above a lowered limit keeps everything, and only growth is refused", () =>
      story(
        harness,
        { endpoints: [{}, {}, {}], engine: false },
        async ({ store, app, endpoints }) => {
          const [first] = endpoints as readonly [Endpoint];
          await update(store, first, { tags: [BIG] });
          const change = { endpoints: 2, filterBytes: 100 };
          const set = await store.apps.setLimits({ ref: app.id, change, now: START });
          assert.deepEqual(set?.own, change);
          assert.equal((await used(store, app.id))?.endpoints, 3);
          await assertRefused(create(store, app.id), "endpoints", "2 endpoints");
          await assertRefused(
            update(store, first, { tags: [`${BIG}!`] }),
            "filter_bytes",
            "100 bytes",
          );
          await update(store, first, { tags: [`y${BIG.slice(1)}`], url: "https://example.com/b" });
          await update(store, first, { status: "deleted" });
          await assertRefused(create(store, app.id), "endpoints", "2 endpoints");
          await store.apps.setLimits({ ref: app.id, change: { endpoints: null }, now: START });
          await create(store, app.id);
          assert.deepEqual((await store.apps.limits({ ref: app.id }))?.own, { filterBytes: 100 });
        },
      ));

    test("a set is judged by its result, so that one that does not grow passes above the limit", () =>
      story(harness, APP, async ({ store, app }) => {
        const set = { appRef: app.id, dialect: "chirp", line: null } as const;
        const replace = async (count: number) => {
          const read = await store.endpoints.readSet(set);
          const made = Array.from({ length: count }, () =>
            newEndpoint(app.id, { dialect: "chirp" }),
          );
          const remove = read?.endpoints.map(({ endpointId }) => endpointId) ?? [];
          const change = { create: made, update: [], remove };
          return await store.endpoints.changeSet({
            ...set,
            token: read?.token ?? "",
            change,
            now: START,
          });
        };
        await replace(3);
        await store.apps.setLimits({ ref: app.id, change: { endpoints: 2 }, now: START });
        assert.equal((await replace(3))?.length, 6);
        await assertRefused(replace(4), "endpoints", "2 endpoints");
        assert.equal((await store.endpoints.readSet(set))?.endpoints.length, 3);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("an application's own number holds at once for the next publish", () =>
      story(harness, async ({ store, app }) => {
        await mustPublish(store, app.id, [newEvent()]);
        await store.apps.setLimits({ ref: app.id, change: { pendingBytes: 5 }, now: START });
        const refused = await publish(store, app.id, [newEvent()]);
        assert.equal(refused.kind, "refused");
        assert.ok(refused.kind === "refused");
        assert.equal(refused.limit, "pending_bytes");
        assert.match(refused.message, /may have 5 bytes; .* Limit: pending_bytes\.$/);
        await store.apps.setLimits({ ref: app.id, change: { pendingBytes: null }, now: START });
        await mustPublish(store, app.id, [newEvent()]);
        assert.equal((await used(store, app.id))?.pendingBytes, 24);
      }));

    test("own numbers change no other field, survive a restart, and change versions for the lanes", () =>
      story(harness, async ({ opened, app, endpointId }) => {
        const change = { endpoints: 7, pendingBytes: 9, backgroundTasks: 1 };
        const before = await opened.store.apps.get({ ref: app.id });
        await opened.store.apps.setLimits({ ref: app.id, change, now: START + 1 });
        assert.deepEqual(await opened.store.apps.get({ ref: app.id }), {
          ...before,
          updatedAt: START + 1,
        });
        const endpoint = await opened.store.endpoints.get({ appRef: app.id, ref: endpointId });
        assert.equal(endpoint?.version, 2);
        await opened.reopen();
        await opened.store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
        assert.deepEqual((await opened.store.apps.limits({ ref: app.id }))?.own, change);
        assert.equal(await opened.store.apps.limits({ ref: "unknown" }), null);
        const unknown = { ref: "unknown", change, now: START };
        assert.equal(await opened.store.apps.setLimits(unknown), null);
      }));

    test("deleted applications use nothing, and check finds no difference", () =>
      story(harness, { endpoints: [{ tags: ["a"] }], engine: false }, async ({ store, app }) => {
        await store.apps.delete({ ref: app.id, now: START });
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
