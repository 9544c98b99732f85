/** Contract: event types, identified by name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventType } from "../../../src/store/interface/tenancy.ts";
import { type Harness, START } from "./harness.ts";
import { firstPage, idempotencyKey } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

export function sampleType(name: string, more: Partial<EventType> = {}): EventType {
  return {
    name,
    description: "",
    archived: false,
    deprecated: false,
    groupName: null,
    featureFlags: null,
    custom: false,
    schemas: null,
    createdAt: START,
    updatedAt: START,
    ...more,
  };
}

export function testEventTypes(harness: Harness): void {
  describe("event types", () => {
    test("an event type is read as it was created", () =>
      story(harness, EMPTY, async ({ store }) => {
        const eventType = sampleType("invoice.paid", {
          description: "An invoice was paid",
          featureFlags: ["beta"],
          groupName: "invoice",
          schemas: '{"1":{}}',
          deprecated: true,
          custom: true,
        });
        const done = await store.eventTypes.create({
          eventType,
          idempotencyKey: idempotencyKey("k"),
        });
        assert.deepEqual(done, { repeated: false, value: eventType });
        assert.deepEqual(await store.eventTypes.get({ name: "invoice.paid" }), eventType);
        const repeat = await store.eventTypes.create({
          eventType,
          idempotencyKey: idempotencyKey("k"),
        });
        assert.deepEqual(repeat, { repeated: true, value: eventType });
        assert.equal(await store.eventTypes.get({ name: "invoice" }), null);
      }));

    test("a type with feature flags is read with one of them, or when no flags are asked for", () =>
      story(harness, EMPTY, async ({ store }) => {
        for (const [name, featureFlags] of [
          ["a.none", null],
          ["b.empty", []],
          ["c.two", ["beta", "gamma"]],
          ["d.longer", ["betamax", "not-beta"]],
        ] as const) {
          const eventType = sampleType(name, { featureFlags });
          await store.eventTypes.create({ eventType, idempotencyKey: null });
        }
        const names = ["a.none", "b.empty", "c.two", "d.longer"];
        for (const [featureFlags, expected] of [
          [undefined, names],
          [[], ["a.none", "b.empty"]],
          [["beta"], ["a.none", "b.empty", "c.two"]],
          [["unused", "gamma", "betamax"], names],
        ] as const) {
          const list = { ...firstPage({ ascending: true }), includeArchived: true, featureFlags };
          const { items } = await store.eventTypes.list(list);
          assert.deepEqual(
            items.map(({ name }) => name),
            expected,
          );
          const found = names.map((name) => store.eventTypes.get({ name, featureFlags }));
          const read = (await Promise.all(found)).flatMap((type) => type?.name ?? []);
          assert.deepEqual(read, expected);
        }
        // The last place of a page is that of a type that is shown.
        const page = {
          ...firstPage({ ascending: true, limit: 2 }),
          includeArchived: true,
          featureFlags: ["gamma"],
        };
        const { items, done } = await store.eventTypes.list(page);
        assert.deepEqual([items.length, done], [2, false]);
      }));

    test("an existing name is refused unless it is archived", () =>
      story(harness, EMPTY, async ({ store }) => {
        const eventType = sampleType("invoice.paid");
        await store.eventTypes.create({ eventType, idempotencyKey: null });
        await assert.rejects(store.eventTypes.create({ eventType, idempotencyKey: null }), {
          code: "conflict",
        });
        const { name } = eventType;
        assert.equal(await store.eventTypes.delete({ name, expunge: false, now: START }), true);
        assert.equal((await store.eventTypes.get({ name }))?.archived, true);
        const revived = sampleType(name, { description: "again" });
        await store.eventTypes.create({ eventType: revived, idempotencyKey: null });
        assert.deepEqual(await store.eventTypes.get({ name }), revived);
        assert.equal(await store.eventTypes.delete({ name, expunge: true, now: START }), true);
        assert.equal(await store.eventTypes.get({ name }), null);
        assert.equal(await store.eventTypes.delete({ name, expunge: true, now: START }), false);
      }));

    test("seeding does not change existing types", () =>
      story(harness, EMPTY, async ({ store }) => {
        const mine = sampleType("message.sent", { description: "mine" });
        await store.eventTypes.create({ eventType: mine, idempotencyKey: null });
        await store.eventTypes.seed({
          eventTypes: [sampleType("message.sent"), sampleType("message.read")],
        });
        assert.deepEqual(await store.eventTypes.get({ name: "message.sent" }), mine);
        assert.deepEqual(await store.eventTypes.names(), ["message.read", "message.sent"]);
      }));

    test("seeding nothing removes the seeded types, also changed ones, and keeps the registered ones", () =>
      story(harness, EMPTY, async ({ store }) => {
        const mine = sampleType("message.sent", { description: "mine" });
        await store.eventTypes.create({ eventType: mine, idempotencyKey: null });
        const catalogue = ["message.sent", "message.read", "contact.created"].map((name) =>
          sampleType(name),
        );
        await store.eventTypes.seed({ eventTypes: catalogue });
        const change = { description: "changed", custom: true };
        await store.eventTypes.update({ name: "contact.created", change, now: START });
        await store.eventTypes.seed({ eventTypes: [] });
        assert.deepEqual(await store.eventTypes.names(), ["message.sent"]);
        assert.deepEqual(await store.eventTypes.get({ name: "message.sent" }), mine);
        await store.eventTypes.seed({ eventTypes: catalogue });
        assert.equal((await store.eventTypes.names()).length, 3);
      }));

    test("an upsert creates or replaces, an update changes the given fields", () =>
      story(harness, EMPTY, async ({ store }) => {
        const first = sampleType("a.b");
        const made = await store.eventTypes.upsert({ eventType: first });
        assert.deepEqual(made, { eventType: first, created: true });
        const second = sampleType("a.b", {
          description: "2",
          createdAt: START + 9,
          updatedAt: START + 9,
        });
        const kept = { ...second, createdAt: START };
        const again = await store.eventTypes.upsert({ eventType: second });
        assert.deepEqual(again, { eventType: kept, created: false });
        const change = { deprecated: true };
        const changed = await store.eventTypes.update({ name: "a.b", change, now: START + 10 });
        assert.deepEqual(changed, { ...kept, deprecated: true, updatedAt: START + 10 });
        assert.equal(await store.eventTypes.update({ name: "c", change, now: START }), null);
      }));

    test("event types are listed by name, archived ones on request", () =>
      story(harness, EMPTY, async ({ store }) => {
        const eventTypes = ["a", "b", "c", "d"].map((name) =>
          sampleType(name, { archived: name === "b" }),
        );
        await store.eventTypes.seed({ eventTypes });
        const names = async (includeArchived: boolean, more: object) => {
          const window = firstPage({ ascending: true, limit: 2, ...more });
          const page = await store.eventTypes.list({ ...window, includeArchived });
          return [...page.items.map((item) => item.name), page.done];
        };
        assert.deepEqual(await names(false, {}), ["a", "c", false]);
        assert.deepEqual(await names(true, {}), ["a", "b", false]);
        assert.deepEqual(await names(false, { after: "c" }), ["d", true]);
        assert.deepEqual(await names(false, { after: "d", backward: true }), ["a", "c", true]);
        assert.deepEqual(await names(false, { ascending: false }), ["d", "c", false]);
      }));
  });
}
