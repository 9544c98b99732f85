import assert from "node:assert/strict";
import { test } from "node:test";
import { createLoginLimits } from "./limit-logins.ts";

const MINUTE_MS = 60_000;
const right = async () => "session";
const wrong = async () => null;

test("ten failures of a name refuse the next try until a quarter of an hour after the first", async () => {
  let now = 1_000_000;
  const { attempt } = createLoginLimits(() => now);
  for (let i = 0; i < 10; i++) {
    assert.equal(await attempt("desk", wrong), null);
    now += MINUTE_MS;
  }
  await assert.rejects(attempt("desk", right), { code: "rate_limited", retryAfterSeconds: 300 });
  assert.equal(await attempt("another", right), "session");
  now += 5 * MINUTE_MS;
  assert.equal(await attempt("desk", right), "session");
});

test("a success forgets the failures before it", async () => {
  const { attempt } = createLoginLimits(() => 0);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 9; i++) await attempt("desk", wrong);
    assert.equal(await attempt("desk", right), "session");
  }
});

test("tries that come at once cannot outrun the count, and four are checked at a time", async () => {
  const { attempt } = createLoginLimits(() => 0);
  let checking = 0;
  let most = 0;
  let checked = 0;
  const check = async () => {
    checked += 1;
    most = Math.max(most, (checking += 1));
    await new Promise(setImmediate);
    checking -= 1;
    return null;
  };
  const tries = Array.from({ length: 60 }, () => attempt("desk", check));
  const results = await Promise.allSettled(tries);
  assert.equal(most, 4);
  assert.ok(checked >= 10 && checked <= 13, `${checked} were checked`);
  assert.equal(results.filter(({ status }) => status === "rejected").length, 60 - checked);
});

test("more than sixty-eight at once are refused, and a check that throws gives its turn back", async () => {
  const { attempt } = createLoginLimits(() => 0);
  const gate = Promise.withResolvers<string>();
  const held = Array.from({ length: 68 }, (_, i) => attempt(`name ${i}`, () => gate.promise));
  await assert.rejects(attempt("one more", right), { code: "overloaded", retryAfterSeconds: 1 });
  gate.reject(new Error("the store is away"));
  const results = await Promise.allSettled(held);
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.equal(await attempt("one more", right), "session");
});

test("names beyond ten thousand make the one that failed longest ago forgotten", async () => {
  const { attempt } = createLoginLimits(() => 0);
  for (let i = 0; i < 10; i++) await attempt("desk", wrong);
  for (let i = 0; i < 9_999; i++) await attempt(`name ${i}`, wrong);
  await assert.rejects(attempt("desk", right), { code: "rate_limited" });
  await attempt("the last straw", wrong);
  assert.equal(await attempt("desk", right), "session");
});
