/** Contract: keys of the people who operate the server. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import { LIMITS } from "../../../src/core/limits.ts";
import type { OperatorKey } from "../../../src/store/interface/operator-keys.ts";
import { type Harness, START } from "./harness.ts";
import { nextId } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const hash = (secret: string) => createHash("sha256").update(secret).digest();

function newKey(name: string, more: Partial<OperatorKey> = {}): OperatorKey {
  const secretHash = hash(name);
  return { id: nextId("opkey_"), name, role: "operator", secretHash, createdAt: START, ...more };
}

export function testOperatorKeys(harness: Harness): void {
  describe("operator keys", () => {
    test("a key is found by its hash until it is deleted, also after a restart", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const admin = newKey("Ada", { role: "admin" });
        const other = newKey("Bob", { createdAt: START + 1 });
        for (const key of [admin, other]) await opened.store.operatorKeys.create({ key });
        await opened.reopen();
        const { operatorKeys } = opened.store;
        const found = (await operatorKeys.findByHash({ secretHash: hash("Ada") })) ?? assert.fail();
        const { secretHash, ...facts } = found;
        const { secretHash: _hash, ...expected } = admin;
        assert.deepEqual(facts, expected);
        assert.ok(hash("Ada").equals(secretHash));
        assert.equal(await operatorKeys.findByHash({ secretHash: hash("Eve") }), null);
        const names = (await operatorKeys.list()).map(({ name }) => name);
        assert.deepEqual(names, ["Bob", "Ada"]);
        assert.equal(await operatorKeys.delete({ id: admin.id }), true);
        assert.equal(await operatorKeys.delete({ id: admin.id }), false);
        assert.equal(await operatorKeys.findByHash({ secretHash: hash("Ada") }), null);
        assert.equal((await operatorKeys.list()).length, 1);
      }));

    test("the number of keys is limited, and a deleted key makes room", () =>
      story(harness, { ...EMPTY, open: { limits: { operatorKeys: 2 } } }, async ({ store }) => {
        const first = newKey("a");
        await store.operatorKeys.create({ key: first });
        await store.operatorKeys.create({ key: newKey("b") });
        await assert.rejects(
          store.operatorKeys.create({ key: newKey("c") }),
          (error) => error instanceof AppError && error.limit === LIMITS.operatorKeys.name,
        );
        await store.operatorKeys.delete({ id: first.id });
        await store.operatorKeys.create({ key: newKey("c") });
      }));
  });
}
