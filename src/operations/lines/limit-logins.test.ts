import assert from "node:assert/strict";
import { test } from "node:test";
import { createLoginLimits } from "./limit-logins.ts";
import { createPasswordTurns } from "./password-turns.ts";

const MINUTE_MS = 60_000;
const right = async () => "session";
const wrong = async () => null;

function openLimits(now: () => number = () => 0, atOnce = 4) {
  const { attempt } = createLoginLimits({ now, turns: createPasswordTurns(atOnce) });
  return {
    /** Whether a try is refused before its password is checked. */
    async isRefused(name: string, source: string | null): Promise<boolean> {
      const refused = await attempt({ name, source }, right).then(
        () => false,
        (error: { code?: string }) => error.code === "rate_limited",
      );
      return refused;
    },
    async fail(times: number, name: string, source: string | null): Promise<void> {
      for (let i = 0; i < times; i++) {
        assert.equal(await attempt({ name, source }, wrong), null);
      }
    },
    login: async (name: string, source: string | null) => await attempt({ name, source }, right),
    attempt,
  };
}

test("after ten failures of a name from a source, the next is refused until 15 minutes after the first", async () => {
  let now = 1_000_000;
  const limits = openLimits(() => now);
  for (let i = 0; i < 10; i++) {
    await limits.fail(1, "desk", "a");
    now += MINUTE_MS;
  }
  await assert.rejects(limits.login("desk", "a"), {
    code: "rate_limited",
    retryAfterSeconds: 300,
  });
  assert.equal(await limits.login("another", "a"), "session");
  now += 5 * MINUTE_MS;
  assert.equal(await limits.login("desk", "a"), "session");
});

test("a stranger's wrong guesses do not lock the owner out", async () => {
  const limits = openLimits();
  await limits.fail(10, "desk", "stranger");
  assert.equal(await limits.isRefused("desk", "stranger"), true);
  assert.equal(await limits.login("desk", "owner"), "session");
});

test("a success clears the earlier failures of its source", async () => {
  const limits = openLimits();
  for (let round = 0; round < 3; round++) {
    await limits.fail(9, "desk", "a");
    assert.equal(await limits.login("desk", "a"), "session");
  }
});

test("a thousand failures from many sources block new sources, and no source that logged in before", async () => {
  const limits = openLimits();
  assert.equal(await limits.login("desk", "owner"), "session");
  for (let source = 0; source < 100; source++) await limits.fail(10, "desk", `stranger ${source}`);
  assert.equal(await limits.isRefused("desk", "new"), true);
  assert.equal(await limits.login("desk", "owner"), "session");
  assert.equal(await limits.login("another", "new"), "session");
  await limits.fail(10, "desk", "owner");
  assert.equal(await limits.isRefused("desk", "owner"), true);
});

test("a source that fails with a hundred names is refused with each, except one it logged in with", async () => {
  const limits = openLimits();
  assert.equal(await limits.login("own", "a"), "session");
  for (let name = 0; name < 100; name++) await limits.fail(1, `name ${name}`, "a");
  assert.equal(await limits.isRefused("another", "a"), true);
  assert.equal(await limits.login("own", "a"), "session");
  assert.equal(await limits.login("another", "b"), "session");
});

test("without a known source only the total of the name counts", async () => {
  const limits = openLimits();
  await limits.fail(999, "desk", null);
  assert.equal(await limits.isRefused("desk", null), false);
  await limits.fail(1, "desk", null);
  assert.equal(await limits.isRefused("desk", null), true);
  assert.equal(await limits.isRefused("desk", "a"), true);
});

test("concurrent tries cannot outrun the count, and one is checked at a time", async () => {
  const { attempt } = openLimits();
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
  const login = { name: "desk", source: "a" };
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => attempt(login, check)));
  assert.equal(most, 1);
  assert.equal(checked, 10);
  assert.equal(results.filter(({ status }) => status === "rejected").length, 50);
});

test("beyond ten thousand names, the pair with the oldest failure is forgotten", async () => {
  const limits = openLimits();
  await limits.fail(10, "desk", "a");
  for (let i = 0; i < 9_999; i++) await limits.fail(1, `name ${i}`, `source ${i}`);
  assert.equal(await limits.isRefused("desk", "a"), true);
  await limits.fail(1, "one more", "b");
  assert.equal(await limits.isRefused("desk", "a"), false);
});
