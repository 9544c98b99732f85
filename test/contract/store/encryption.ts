import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encryptedKeyId } from "../../../src/core/crypto/encrypt.ts";
import {
  dialectStateContext,
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../../src/core/crypto/encryption-context.ts";
import type { EncryptedValue } from "../../../src/store/interface/encryption.ts";
import type { Store } from "../../../src/store/store.ts";
import { encryptedWith, makeApp } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { EMPTY, story } from "./story.ts";

const MOST = 1_000;

export function testEncryption(harness: Harness): void {
  describe("the encryption keys of a store", () => {
    test("the first key is stored, and another one is refused by name", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const registerKey = (fingerprint: string, previous: string | null = null) =>
          opened.store.encryption.registerKeys({ fingerprint, previous });
        assert.deepEqual(await registerKey("a1"), { keyId: 1, previousKeyId: null });
        assert.deepEqual(await registerKey("a1", "00"), { keyId: 1, previousKeyId: null });
        await opened.reopen();
        await assert.rejects(registerKey("b2"), {
          code: "internal",
          message: /encrypted with.*a1.*is.*b2/,
        });
        await assert.rejects(registerKey("b2", "c3"), { code: "internal", message: /a1.*b2/ });
      }));

    test("a new key is accepted with the old one, and alone once all values are encrypted with it", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { encryption } = opened.store;
        const registerKey = (fingerprint: string, previous: string | null = null) =>
          opened.store.encryption.registerKeys({ fingerprint, previous });
        await registerKey("a1");
        await makeEncrypted(opened.store, 1);
        assert.deepEqual(await registerKey("b2", "a1"), { keyId: 2, previousKeyId: 1 });
        await assert.rejects(registerKey("b2"), {
          code: "internal",
          message:
            /until `hookline rekey` is done, set HOOKLINE_SECRET_KEY_PREVIOUS to the old key, a1/,
        });
        await assert.rejects(encryption.finishRotation({ fingerprint: "b2" }), {
          code: "conflict",
        });
        await reencryptAll(opened.store, 2);
        // A process with only the old key could not decrypt the values.
        await assert.rejects(registerKey("a1"), { code: "internal", message: /from a1 to b2/ });
        await assert.rejects(registerKey("c3", "a1"), {
          code: "internal",
          message: /from a1 to b2/,
        });
        await assert.rejects(encryption.finishRotation({ fingerprint: "c3" }), {
          code: "conflict",
        });
        await encryption.finishRotation({ fingerprint: "b2" });
        await encryption.finishRotation({ fingerprint: "b2" });
        await opened.reopen();
        assert.deepEqual(await registerKey("b2", "a1"), { keyId: 2, previousKeyId: null });
        await assert.rejects(registerKey("a1"), {
          code: "internal",
          message: /was rotated from a1 to b2/,
        });
        assert.deepEqual(await registerKey("c3", "b2"), { keyId: 3, previousKeyId: 2 });
      }));

    test("a new key that has encrypted nothing can be abandoned", () =>
      story(harness, EMPTY, async ({ store: { encryption } }) => {
        await encryption.registerKeys({ fingerprint: "a1", previous: null });
        await encryption.registerKeys({ fingerprint: "b2", previous: "a1" });
        const other = await encryption.registerKeys({ fingerprint: "c3", previous: "a1" });
        assert.deepEqual(other, { keyId: 2, previousKeyId: 1 });
        const back = await encryption.registerKeys({ fingerprint: "a1", previous: null });
        assert.deepEqual(back, { keyId: 1, previousKeyId: null });
      }));

    test("a value that only a retired key can decrypt is refused", () =>
      story(harness, EMPTY, async ({ store }) => {
        await store.encryption.registerKeys({ fingerprint: "a1", previous: null });
        const { appId, endpointId } = await makeEncrypted(store, 1);
        const save = async (keyId: number) =>
          await store.endpoints.update({
            appRef: appId,
            ref: endpointId,
            change: { encryptedHeaders: encryptedWith(keyId) },
            now: START,
          });
        await assert.rejects(save(2), { code: "internal", message: /fingerprint a1/ });
        await store.encryption.registerKeys({ fingerprint: "b2", previous: "a1" });
        await save(1);
        await save(2);
        await reencryptAll(store, 2);
        await store.encryption.finishRotation({ fingerprint: "b2" });
        await assert.rejects(save(1), { code: "internal", message: /fingerprint b2/ });
        await save(2);
      }));

    test("every encrypted value is listed, with the context for its decryption", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { appId, endpointId } = await makeEncrypted(store, 1);
        const { values, count } = await store.encryption.listStale({ keyId: 2, limit: MOST });
        assert.equal(count, 6);
        assert.deepEqual(
          values.map(({ boundTo }) => boundTo).toSorted(),
          [
            secretContext(endpointId),
            secretContext(endpointId),
            headersContext(endpointId),
            tlsContext(endpointId),
            userinfoContext(endpointId),
            dialectStateContext(appId, "sendblue"),
          ].toSorted(),
        );
        const one = await store.encryption.listStale({ keyId: 2, limit: 1 });
        assert.equal(one.values.length, 1);
        assert.equal(one.count, 6);
        assert.equal((await store.encryption.listStale({ keyId: 1, limit: MOST })).count, 0);
      }));

    test("a value that was changed meanwhile is not replaced, and versions stay", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { appId, endpointId } = await makeEncrypted(store, 1);
        const { values } = await store.encryption.listStale({ keyId: 2, limit: MOST });
        const fresh = encryptedWith(2);
        const changed = await store.endpoints.update({
          appRef: appId,
          ref: endpointId,
          change: { encryptedHeaders: fresh },
          now: START,
        });
        assert.deepEqual(await reencrypted(store, values, 2), { changed: 5 });
        const after = await store.endpoints.get({ appRef: appId, ref: endpointId });
        assert.deepEqual(Buffer.from(after?.encryptedHeaders ?? []), Buffer.from(fresh));
        assert.equal(after?.version, changed?.version);
        assert.deepEqual(
          after?.secrets.map(({ encrypted }) => encryptedKeyId(encrypted)),
          [2, 2],
        );
        assert.equal((await store.encryption.listStale({ keyId: 2, limit: MOST })).count, 0);
      }));
  });
}

/** An endpoint with every kind of encrypted value, and the state of a dialect for its application. */
async function makeEncrypted(store: Store, keyId: number) {
  const { app, endpoints } = await makeApp(store, {
    encryptedHeaders: encryptedWith(keyId),
    encryptedTls: encryptedWith(keyId),
    encryptedUserinfo: encryptedWith(keyId),
    secrets: [{ encrypted: encryptedWith(keyId), createdAt: START, expiresAt: null }],
  });
  const endpointId = endpoints[0]?.endpointId ?? "";
  await store.endpoints.rotateSecret({
    appRef: app.id,
    ref: endpointId,
    encrypted: encryptedWith(keyId),
    overlapUntil: START + 1_000,
    authentication: ["standard-v1"],
    now: START,
    idempotencyKey: null,
  });
  const set = { appRef: app.id, dialect: "sendblue", line: null } as const;
  const token = (await store.endpoints.readSet(set))?.token ?? "";
  const change = { create: [], update: [], remove: [], state: encryptedWith(keyId) };
  await store.endpoints.changeSet({ ...set, token, change, now: START });
  return { appId: app.id, endpointId };
}

async function reencrypted(store: Store, values: readonly EncryptedValue[], keyId: number) {
  return await store.encryption.reencrypt({
    values: values.map(({ ref, encrypted }) => ({
      ref,
      before: encrypted,
      after: encryptedWith(keyId),
    })),
  });
}

async function reencryptAll(store: Store, keyId: number): Promise<void> {
  for (;;) {
    const { values } = await store.encryption.listStale({ keyId, limit: 2 });
    if (values.length === 0) return;
    await reencrypted(store, values, keyId);
  }
}
