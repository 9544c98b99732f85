/** Contract: endpoints, their versions, their secrets, and the notifications of their owners (I11). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import { makeApp, newApp, newEndpoint } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { firstPage, HOUR, nextId, idempotencyKey, OWNER, publishAt } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

export function testEndpoints(harness: Harness): void {
  describe("endpoints", () => {
    test("an endpoint may have a thousand lines", () =>
      story(harness, APP, async ({ store, app }) => {
        const lines = Array.from({ length: 1000 }, (_, i) => `+1206555${1000 + i}`);
        const endpoint = newEndpoint(app.id, { lines });
        await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
        const ref = endpoint.endpointId;
        assert.deepEqual((await store.endpoints.get({ appRef: app.id, ref }))?.lines, lines);
      }));

    test("an endpoint is read as it was created, by id and by uid", () =>
      story(harness, APP, async ({ store, app }) => {
        const endpoint = newEndpoint(app.id, {
          uid: "billing",
          eventTypes: ["invoice.paid"],
          channels: ["eu"],
          tags: ["vip"],
          lines: ["+12065550100"],
          metadata: { team: "a" },
          encryptedHeaders: new Uint8Array([9, 8]),
          headerNames: ["x-team"],
          retrySchedule: [5, 60],
          throttleRate: 10,
          timeoutMs: 9_000,
          tlsMinVersion: "1.0",
          signatureHeaders: "svix",
          encryptedTls: new Uint8Array([7]),
          encryptedUserinfo: new Uint8Array([6]),
          filter: '{"a":1}',
          dialectOptions: '{"webhookId":1}',
          wantsHistory: true,
          secrets: [
            { encrypted: new Uint8Array([2]), createdAt: START, expiresAt: null },
            { encrypted: new Uint8Array([1]), createdAt: START - 9, expiresAt: START + HOUR },
          ],
        });
        const made = { appRef: app.id, endpoint, idempotencyKey: idempotencyKey("k") };
        assert.deepEqual(await store.endpoints.create(made), { repeated: false, value: endpoint });
        assert.deepEqual(await store.endpoints.get({ appRef: app.id, ref: "billing" }), endpoint);
        const ref = endpoint.endpointId;
        assert.deepEqual(await store.endpoints.get({ appRef: app.id, ref }), endpoint);
        const again = {
          appRef: app.id,
          endpoint: newEndpoint(app.id),
          idempotencyKey: idempotencyKey("k"),
        };
        assert.deepEqual(await store.endpoints.create(again), { repeated: true, value: endpoint });
      }));

    test("an event that no endpoint may want is known before it is published", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app } = await makeApp(
          store,
          { eventTypes: ["invoice.paid"], channels: ["eu"], tags: ["vip"] },
          { eventTypes: ["invoice.late"], status: "disabled" },
          { eventTypes: ["invoice.sent"], status: "paused" },
          { dialect: "chirp", eventTypes: ["messages.whatsapp.received"] },
        );
        const ask = (type: string, ...channels: string[]) =>
          store.endpoints.mayWant({ appRef: app.id, type, channels });
        assert.equal(await ask("invoice.paid", "us", "eu"), true);
        assert.equal(await ask("invoice.paid", "us"), false);
        assert.equal(await ask("invoice.late"), false);
        assert.equal(await ask("invoice.sent"), true);
        assert.equal(await ask("message.received"), true);
        assert.equal(await ask("message.sent"), false);
        assert.equal(await ask("invoice.other"), false);
        const older = await makeApp(store, { dialect: "chirp", eventTypes: ["MESSAGE_CREATED"] });
        const received = { appRef: older.app.id, type: "message.received", channels: [] };
        assert.equal(await store.endpoints.mayWant(received), true);
        const chirp = await makeApp(store, { dialect: "chirp" });
        const foreign = { appRef: chirp.app.id, type: "invoice.paid", channels: [] };
        assert.equal(await store.endpoints.mayWant(foreign), false);
        assert.equal(
          await store.endpoints.mayWant({ appRef: "no-such-app", type: "a", channels: [] }),
          null,
        );
      }));

    test("an endpoint belongs to its application and to no other", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook" }], engine: false },
        async ({ store, endpoints }) => {
          const { app: other } = await makeApp(store);
          const ref = endpoints[0]?.endpointId ?? "";
          assert.equal(await store.endpoints.get({ appRef: other.id, ref }), null);
          assert.equal(await store.endpoints.get({ appRef: other.id, ref: "hook" }), null);
          const change = { status: "deleted" as const };
          const update = { appRef: other.id, ref, change, now: START };
          assert.equal(await store.endpoints.update(update), null);
          const endpoint = newEndpoint("app_none");
          const create = { appRef: "app_none", endpoint, idempotencyKey: null };
          assert.equal(await store.endpoints.create(create), null);
          assert.equal(
            await store.endpoints.list({ ...firstPage(), appRef: "x", dialect: null }),
            null,
          );
        },
      ));

    test("a uid is unique among the live endpoints of an applicationlicationlicationlication", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook" }, {}], engine: false },
        async ({ store, app, endpoints }) => {
          const endpoint = newEndpoint(app.id, { uid: "hook" });
          const create = { appRef: app.id, endpoint, idempotencyKey: null };
          await assert.rejects(store.endpoints.create(create), { code: "conflict" });
          const ref = endpoints[1]?.endpointId ?? "";
          const take = { appRef: app.id, ref, change: { uid: "hook" }, now: START };
          await assert.rejects(store.endpoints.update(take), { code: "conflict" });
          const gone = { appRef: app.id, ref: "hook", change: { status: "deleted" as const } };
          await store.endpoints.update({ ...gone, now: START });
          assert.equal((await store.endpoints.update(take))?.uid, "hook");
        },
      ));

    test("endpoints are listed in pages, of one dialect or of all, without deleted ones", () =>
      story(harness, EMPTY, async ({ store }) => {
        const dialects = ["svix", "chirp", "svix", "chirp", "svix"] as const;
        const { app, endpoints } = await makeApp(
          store,
          ...dialects.map((dialect) => ({ dialect })),
        );
        const ids = endpoints.map((endpoint) => endpoint.endpointId);
        const change = { status: "deleted" as const };
        await store.endpoints.update({ appRef: app.id, ref: ids[2] ?? "", change, now: START });
        const list = async (dialect: "svix" | null, more: object) => {
          const window = firstPage({ limit: 2, ...more });
          const page = await store.endpoints.list({ ...window, appRef: app.id, dialect });
          return [...(page?.items ?? []).map((item) => ids.indexOf(item.endpointId)), page?.done];
        };
        assert.deepEqual(await list(null, {}), [4, 3, false]);
        assert.deepEqual(await list(null, { after: ids[3] }), [1, 0, true]);
        assert.deepEqual(await list(null, { after: ids[0], backward: true }), [3, 1, false]);
        assert.deepEqual(await list("svix", {}), [4, 0, true]);
      }));

    test("a change increments the version, affects the given fields only and reaches the owner", () =>
      story(
        harness,
        { endpoints: [{ description: "old", tags: ["a"] }], engine: false },
        async ({ store, app, endpointId, endpoints }) => {
          const notified: unknown[] = [];
          await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
          store.shards.onChanged({ owner: OWNER, listener: (changed) => notified.push(changed) });
          const after = await store.endpoints.update({
            appRef: app.id,
            ref: endpointId,
            change: { description: "new", tags: null },
            now: START + 5,
          });
          const changes = { description: "new", tags: null, version: 2, updatedAt: START + 5 };
          assert.deepEqual(after, { ...endpoints[0], ...changes });
          assert.deepEqual(notified, [{ endpointId, version: 2 }]);
          const waited = store.endpoints.acknowledged({ endpointId, version: 2 });
          await store.shards.acknowledge({ owner: OWNER, endpointId, version: 2 });
          await waited;
        },
      ));

    test("every publish after the answer sees an endpoint that was created, changed or deleted", () =>
      story(
        harness,
        { endpoints: [{ tags: ["never"] }], engine: false },
        async ({ store, app, endpoints }) => {
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 0);
          const update = { appRef: app.id, ref: endpoints[0]?.endpointId ?? "", now: START };
          await store.endpoints.update({ ...update, change: { tags: null } });
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 1);
          await store.endpoints.create({
            appRef: app.id,
            endpoint: newEndpoint(app.id),
            idempotencyKey: null,
          });
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 3);
          await store.endpoints.update({ ...update, change: { status: "deleted" } });
          await publishAt(store, app.id, START);
          assert.equal((await store.upkeep.totals()).created, 4);
        },
      ));

    test("a rotated secret keeps the older ones until their overlap ends", () =>
      story(
        harness,
        {
          endpoints: [
            {
              secrets: [{ encrypted: new Uint8Array([0]), createdAt: START, expiresAt: null }],
            },
          ],
          engine: false,
        },
        async ({ store, app, endpoints }) => {
          const ref = endpoints[0]?.endpointId ?? "";
          const rotate = async (fill: number, now: number, overlapUntil: number, key?: string) => {
            const encrypted = new Uint8Array([fill]);
            const idempotencyText = key === undefined ? null : idempotencyKey(key);
            const authentication = ["standard-v1a"] as const;
            const p = { appRef: app.id, ref, encrypted, authentication, overlapUntil, now };
            const done = await store.endpoints.rotateSecret({
              ...p,
              idempotencyKey: idempotencyText,
            });
            return done?.value.secrets.map((secret) => [secret.encrypted[0], secret.expiresAt]);
          };
          const [t1, t2, t3, t4] = [START + 1, START + 2, START + 3, START + 4] as const;
          assert.deepEqual(await rotate(1, t1, t1 + HOUR, "k"), [
            [1, null],
            [0, t1 + HOUR],
          ]);
          assert.deepEqual((await rotate(9, t1, t1 + HOUR, "k"))?.[0], [1, null]);
          // The secret that was rotated first keeps its earlier end.
          assert.deepEqual(await rotate(2, t2, t2 + HOUR), [
            [2, null],
            [1, t2 + HOUR],
            [0, t1 + HOUR],
          ]);
          assert.deepEqual(await rotate(3, t3, t3 + HOUR), [
            [3, null],
            [2, t3 + HOUR],
            [1, t2 + HOUR],
            [0, t1 + HOUR],
          ]);
          // An overlap that ends at once leaves only the new secret.
          assert.deepEqual(await rotate(4, t4, t4), [[4, null]]);
          const { version, authentication } = (await store.endpoints.get({
            appRef: app.id,
            ref,
          })) as Endpoint;
          assert.deepEqual([version, authentication], [5, ["standard-v1a"]]);
        },
      ));

    test("a rotation that would end an overlap early is refused with the next possible instant", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        const authentication = ["standard-v1"] as const;
        const rotate = (now: number, overlapMs: number) =>
          store.endpoints.rotateSecret({
            appRef: app.id,
            ref,
            encrypted: new Uint8Array([1]),
            authentication,
            overlapUntil: now + overlapMs,
            now,
            idempotencyKey: null,
          });
        for (let i = 0; i < 9; i++) await rotate(START + i, HOUR);
        const before = await store.endpoints.get({ appRef: app.id, ref });
        assert.equal(before?.secrets.length, 10);
        await assert.rejects(rotate(START + 9, HOUR), {
          code: "limit_reached",
          message: new RegExp(` at ${new Date(START + HOUR).toISOString()}, `),
        });
        assert.deepEqual(await store.endpoints.get({ appRef: app.id, ref }), before);
        const after = await rotate(START + HOUR, HOUR);
        assert.equal(after?.value.secrets.length, 10);
        assert.equal((await rotate(START + HOUR + 1, 0))?.value.secrets.length, 1);
      }));

    test("an application that is created again under an old uid has none of the old endpoints", () =>
      story(harness, EMPTY, async ({ store }) => {
        const app = newApp({ uid: "acme" });
        await store.apps.create({ app, idempotencyKey: null });
        const endpoint = newEndpoint(app.id, { endpointId: nextId("ep_"), uid: "hook" });
        await store.endpoints.create({ appRef: "acme", endpoint, idempotencyKey: null });
        await store.apps.delete({ ref: "acme", now: START });
        await store.apps.create({ app: newApp({ uid: "acme" }), idempotencyKey: null });
        assert.equal(await store.endpoints.get({ appRef: "acme", ref: "hook" }), null);
      }));
  });
}
