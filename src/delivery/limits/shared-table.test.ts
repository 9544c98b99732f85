/** Numbers of applications that threads share. Two tables over one memory stand for two threads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedMemory, openSharedTable } from "./shared-table.ts";

const NEVER_OVER = () => false;
const add = (by: bigint) => (before: bigint) => before + by;

test("a change by one thread is the number that the other reads and changes", () => {
  const memory = createSharedMemory(64);
  const [one, other] = [openSharedTable(memory, NEVER_OVER), openSharedTable(memory, NEVER_OVER)];
  one.change("app_1", 0, add(5n));
  other.change("app_1", 0, add(7n));
  other.change("app_2", 0, add(1n));
  assert.deepEqual([one.read("app_1"), one.read("app_2"), one.read("app_3")], [12n, 1n, 0n]);
  one.change("app_1", 0, () => null);
  assert.equal(other.read("app_1"), 12n);
});

test("an application takes the slot of one whose number is over, and begins at 0", () => {
  const table = openSharedTable(createSharedMemory(1), (value) => value < 10n);
  table.change("app_1", 0, add(9n));
  table.change("app_2", 0, add(20n));
  assert.deepEqual([table.read("app_1"), table.read("app_2")], [0n, 20n]);
});

test("more applications than slots never share a number", () => {
  const table = openSharedTable(createSharedMemory(4), NEVER_OVER);
  for (let n = 0; n < 100; n += 1) table.change(`app_${n}`, 0, (before) => before + BigInt(n + 1));
  const kept = Array.from({ length: 100 }, (_, n) => table.read(`app_${n}`));
  assert.ok(kept.every((value, n) => value === 0n || value === BigInt(n + 1)));
  assert.equal(kept.filter((value) => value !== 0n).length, 4);
});
