/**
 * Contract: concurrent creations under one reference. One wins, and the others are refused with `conflict`.
 * Each of them can then read and change the winner's object.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, newApp, newEndpoint } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { EMPTY, story } from "./story.ts";

const AT_ONCE = 20;

export function testUpserts(harness: Harness): void {
  describe("concurrent upserts", () => {
    test("of concurrent creations the losers read the winner's object, and all may change it", () =>
      story(harness, EMPTY, async ({ store }) => {
        await upsertApps(store);
        await upsertEndpoints(store);
        await upsertEventTypes(store);
      }));
  });
}

async function upsertApps(store: Store): Promise<void> {
  const read = await Promise.all(
    atOnce(async () => {
      const app = newApp({ uid: "twin" });
      const won = await unlessConflict(store.apps.create({ app, idempotencyKey: null }));
      return { won, seen: await store.apps.get({ ref: "twin" }) };
    }),
  );
  assert.equal(read.filter(({ won }) => won).length, 1);
  assert.equal(new Set(read.map(({ seen }) => seen?.id)).size, 1);
  const change = { name: "changed", uid: "twin" };
  const changed = await Promise.all(
    atOnce(() => store.apps.update({ ref: "twin", change, now: START })),
  );
  assert.ok(changed.every((app) => app?.name === "changed"));
}

async function upsertEndpoints(store: Store): Promise<void> {
  const { app } = await makeApp(store);
  const place = { appRef: app.id, ref: "twin" };
  const read = await Promise.all(
    atOnce(async () => {
      const endpoint = newEndpoint(app.id, { uid: "twin" });
      const making = store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
      const won = await unlessConflict(making);
      return { won, seen: await store.endpoints.get(place) };
    }),
  );
  assert.equal(read.filter(({ won }) => won).length, 1);
  assert.equal(new Set(read.map(({ seen }) => seen?.endpointId)).size, 1);
  const change = { description: "changed", uid: "twin" };
  const changed = await Promise.all(
    atOnce(() => store.endpoints.update({ ...place, change, now: START })),
  );
  assert.ok(changed.every((endpoint) => endpoint?.description === "changed"));
}

async function upsertEventTypes(store: Store): Promise<void> {
  const eventType = {
    name: "twin",
    description: "",
    archived: false,
    deprecated: false,
    groupName: null,
    featureFlags: null,
    custom: false,
    schemas: null,
    createdAt: START,
    updatedAt: START,
  };
  const upserts = await Promise.all(atOnce(() => store.eventTypes.upsert({ eventType })));
  assert.equal(upserts.filter(({ created }) => created).length, 1);
}

function atOnce<T>(act: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: AT_ONCE }, act);
}

/** False when the creation was refused with `conflict`. Any other failure is the test's. */
async function unlessConflict(made: Promise<unknown>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "conflict") return false;
    throw error;
  }
}
