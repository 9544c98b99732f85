import assert from "node:assert/strict";
import { test } from "node:test";
import { createPasswordTurns } from "./password-turns.ts";

/** Work that ends on request; `started` has the names in the order in which they ran. */
function openWork(atOnce: number) {
  const turns = createPasswordTurns(atOnce);
  const started: string[] = [];
  const ends: (() => void)[] = [];
  return {
    started,
    ask: (name: string, source: string | null, isKnown = false): Promise<void> =>
      turns.take({ source, isKnown }, async () => {
        started.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
      }),
    /** Ends the work that has run longest, and lets the next one begin. */
    async endOne(): Promise<void> {
      ends.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

test("at most the allowed number runs at once, and one for each source", async () => {
  const { ask, started, endOne } = openWork(2);
  const all = ["a1", "a2", "b1", "c1"].map((name) => ask(name, name[0] ?? ""));
  await Promise.resolve();
  assert.deepEqual(started, ["a1", "b1"]);
  for (let i = 0; i < 4; i++) await endOne();
  await Promise.all(all);
  assert.deepEqual(started, ["a1", "b1", "a2", "c1"]);
});

test("a flood from many sources does not keep a known source waiting", async () => {
  const { ask, started, endOne } = openWork(1);
  const flood = Array.from({ length: 64 }, (_, i) => ask(`flood ${i}`, `source ${i}`));
  const owner = ask("owner", "owner", true);
  for (let i = 0; i < 3; i++) await endOne();
  assert.ok(started.slice(0, 3).includes("owner"), started.join());
  for (let i = 0; i < 64; i++) await endOne();
  await Promise.all([...flood, owner]);
});

test("a flood from a known source does not keep others waiting", async () => {
  const { ask, started, endOne } = openWork(1);
  const flood = Array.from({ length: 16 }, (_, i) => ask(`flood ${i}`, "a", true));
  const other = ask("other", "b");
  for (let i = 0; i < 3; i++) await endOne();
  assert.ok(started.slice(0, 3).includes("other"), started.join());
  for (let i = 0; i < 16; i++) await endOne();
  await Promise.all([...flood, other]);
});

test("one source fills only its own queue, and all together are limited", async () => {
  const { ask, started, endOne } = openWork(1);
  // The first one runs; the others wait.
  const mine = Array.from({ length: 17 }, (_, i) => ask(`mine ${i}`, "a"));
  await assert.rejects(ask("mine", "a"), { code: "overloaded", retryAfterSeconds: 1 });
  const others = Array.from({ length: 48 }, (_, i) => ask(`other ${i}`, `source ${i}`));
  await assert.rejects(ask("one more", "b"), { code: "overloaded" });
  const unknown = ask("known", "c", true);
  for (let i = 0; i < 66; i++) await endOne();
  await Promise.all([...mine, ...others, unknown]);
  assert.equal(started.length, 66);
});

test("requests of an unknown source run concurrently, and work that throws releases its turn", async () => {
  const turns = createPasswordTurns(2);
  const { ask, started, endOne } = openWork(2);
  const all = [ask("one", null), ask("two", null)];
  await Promise.resolve();
  assert.deepEqual(started, ["one", "two"]);
  await endOne();
  await endOne();
  await Promise.all(all);
  const failing = async (): Promise<never> => {
    throw new Error("the store is away");
  };
  for (let i = 0; i < 3; i++) {
    await assert.rejects(turns.take({ source: "a", isKnown: false }, failing), /away/);
  }
});
