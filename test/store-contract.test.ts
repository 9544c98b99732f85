/** No part of the store contract is left out on a store. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PARTS } from "./contract/store/index.ts";

const STORES = { sqlite: "onSqlite", postgres: "onPostgres" };

for (const [store, harness] of Object.entries(STORES)) {
  test(`a file runs each part of the store contract on ${store}`, () => {
    for (const part of Object.keys(PARTS)) {
      const file = new URL(`../src/store/${store}/contract/${part}.test.ts`, import.meta.url);
      assert.ok(readFileSync(file, "utf8").includes(`contract(${harness}, "${part}");`), file.href);
    }
  });
}
