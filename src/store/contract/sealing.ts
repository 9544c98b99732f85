import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { sealedKeyId } from "../../core/seal.ts";
import {
  boundDialectState,
  boundHeaders,
  boundSecret,
  boundTls,
  boundUserinfo,
} from "../../core/sealed-fields.ts";
import type { SealedValue } from "../sealing.ts";
import type { Store } from "../store.ts";
import { makeApp } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { withStore } from "./steps.ts";

const MOST = 1_000;

export function testSealing(harness: Harness): void {
  describe("the keys that a store is sealed with", () => {
    test("the first is remembered, and another one refused by name", async () => {
      await using opened = await harness.open();
      const adopt = (fingerprint: string, previous: string | null = null) =>
        opened.store.sealing.adoptKeys({ fingerprint, previous });
      assert.deepEqual(await adopt("a1"), { keyId: 1, previousKeyId: null });
      assert.deepEqual(await adopt("a1", "00"), { keyId: 1, previousKeyId: null });
      await opened.reopen();
      await assert.rejects(adopt("b2"), { code: "internal", message: /sealed with.*a1.*is.*b2/ });
      await assert.rejects(adopt("b2", "c3"), { code: "internal", message: /a1.*b2/ });
    });

    test("a new one is accepted beside the old one, and alone when everything is sealed with it", async () => {
      await using opened = await harness.open();
      const { sealing } = opened.store;
      const adopt = (fingerprint: string, previous: string | null = null) =>
        opened.store.sealing.adoptKeys({ fingerprint, previous });
      await adopt("a1");
      await makeSealed(opened.store, 1);
      assert.deepEqual(await adopt("b2", "a1"), { keyId: 2, previousKeyId: 1 });
      await assert.rejects(adopt("b2"), { code: "internal", message: /_PREVIOUS.*done/ });
      await assert.rejects(sealing.settleKey({ fingerprint: "b2" }), { code: "conflict" });
      await resealAll(opened.store, 2);
      // One that knows only the old key could not open what there is.
      await assert.rejects(adopt("a1"), { code: "internal", message: /a1 to the key b2/ });
      await assert.rejects(adopt("c3", "a1"), { code: "internal", message: /a1 to the key b2/ });
      await assert.rejects(sealing.settleKey({ fingerprint: "c3" }), { code: "conflict" });
      await sealing.settleKey({ fingerprint: "b2" });
      await sealing.settleKey({ fingerprint: "b2" });
      await opened.reopen();
      assert.deepEqual(await adopt("b2", "a1"), { keyId: 2, previousKeyId: null });
      await assert.rejects(adopt("a1"), {
        code: "internal",
        message: /was re-keyed from the key a1 to the key b2/,
      });
      assert.deepEqual(await adopt("c3", "b2"), { keyId: 3, previousKeyId: 2 });
    });

    test("a new one that nothing was sealed with may be given up again", () =>
      withStore(harness, async ({ sealing }) => {
        await sealing.adoptKeys({ fingerprint: "a1", previous: null });
        await sealing.adoptKeys({ fingerprint: "b2", previous: "a1" });
        const other = await sealing.adoptKeys({ fingerprint: "c3", previous: "a1" });
        assert.deepEqual(other, { keyId: 2, previousKeyId: 1 });
        const back = await sealing.adoptKeys({ fingerprint: "a1", previous: null });
        assert.deepEqual(back, { keyId: 1, previousKeyId: null });
      }));

    test("every sealed value is found, named as whoever opens it names it", () =>
      withStore(harness, async (store) => {
        const { appId, endpointId } = await makeSealed(store, 1);
        const { values, count } = await store.sealing.sealedOtherwise({ keyId: 2, limit: MOST });
        assert.equal(count, 6);
        assert.deepEqual(
          values.map(({ boundTo }) => boundTo).toSorted(),
          [
            boundSecret(endpointId),
            boundSecret(endpointId),
            boundHeaders(endpointId),
            boundTls(endpointId),
            boundUserinfo(endpointId),
            boundDialectState(appId, "sendblue"),
          ].toSorted(),
        );
        const one = await store.sealing.sealedOtherwise({ keyId: 2, limit: 1 });
        assert.equal(one.values.length, 1);
        assert.equal(one.count, 6);
        assert.equal((await store.sealing.sealedOtherwise({ keyId: 1, limit: MOST })).count, 0);
      }));

    test("a value that was changed meanwhile is left as it is, and versions stay", () =>
      withStore(harness, async (store) => {
        const { appId, endpointId } = await makeSealed(store, 1);
        const { values } = await store.sealing.sealedOtherwise({ keyId: 2, limit: MOST });
        const fresh = sealedWith(2);
        const changed = await store.endpoints.update({
          appRef: appId,
          ref: endpointId,
          change: { sealedHeaders: fresh },
          now: START,
        });
        assert.deepEqual(await resealed(store, values, 2), { changed: 5 });
        const after = await store.endpoints.get({ appRef: appId, ref: endpointId });
        assert.deepEqual(Buffer.from(after?.sealedHeaders ?? []), Buffer.from(fresh));
        assert.equal(after?.version, changed?.version);
        assert.deepEqual(
          after?.secrets.map(({ sealed }) => sealedKeyId(sealed)),
          [2, 2],
        );
        assert.equal((await store.sealing.sealedOtherwise({ keyId: 2, limit: MOST })).count, 0);
      }));
  });
}

/** As `seal` lays it out; nobody opens it here. */
function sealedWith(keyId: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(keyId), randomBytes(40)]);
}

/** An endpoint with everything that is ever sealed, and what a dialect keeps for its app. */
async function makeSealed(store: Store, keyId: number) {
  const { app, endpoints } = await makeApp(store, {
    sealedHeaders: sealedWith(keyId),
    sealedTls: sealedWith(keyId),
    sealedUserinfo: sealedWith(keyId),
    secrets: [{ sealed: sealedWith(keyId), createdAt: START, expiresAt: null }],
  });
  const endpointId = endpoints[0]?.endpointId ?? "";
  await store.endpoints.rotateSecret({
    appRef: app.id,
    ref: endpointId,
    sealed: sealedWith(keyId),
    overlapUntil: START + 1_000,
    authentication: ["standard-v1"],
    now: START,
    once: null,
  });
  const set = { appRef: app.id, dialect: "sendblue", line: null } as const;
  const token = (await store.endpoints.readSet(set))?.token ?? "";
  const change = { create: [], update: [], remove: [], state: sealedWith(keyId) };
  await store.endpoints.changeSet({ ...set, token, change, now: START });
  return { appId: app.id, endpointId };
}

async function resealed(store: Store, values: readonly SealedValue[], keyId: number) {
  return await store.sealing.reseal({
    values: values.map(({ ref, sealed }) => ({ ref, before: sealed, after: sealedWith(keyId) })),
  });
}

async function resealAll(store: Store, keyId: number): Promise<void> {
  for (;;) {
    const { values } = await store.sealing.sealedOtherwise({ keyId, limit: 2 });
    if (values.length === 0) return;
    await resealed(store, values, keyId);
  }
}
