import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERY_POLICIES, isFinalRefusal, policyFor } from "./delivery-policy.ts";
import { EXPONENTIAL_72_HOURS, slotCount } from "./retry-schedule.ts";
import { AppError } from "../error.ts";
import { DIALECTS } from "../snapshot.ts";
import type { Dialect } from "../snapshot.ts";

test("each dialect waits as long as its vendor does and makes as many attempts", () => {
  const rows = DIALECTS.map((dialect) => {
    const { timeoutMs, schedule, urlRule } = DELIVERY_POLICIES[dialect];
    return [dialect, timeoutMs / 1000, slotCount(schedule), urlRule];
  });
  assert.deepEqual(rows, [
    ["svix", 15, 22, "https_unless_allowed"],
    ["zipwhip", 7, 22, "http_or_https"],
    ["sendblue", 45, 4, "upgraded_to_https"],
    ["chirp", 5, 6, "https_only"],
  ]);
});

test("no status is final by default, and 408, 425 and 429 never are", () => {
  for (const dialect of DIALECTS) {
    for (const status of [302, 399, 400, 404, 408, 425, 429, 499, 500, 503]) {
      assert.ok(!isFinalRefusal(DELIVERY_POLICIES[dialect], status), `${dialect} ${status}`);
    }
  }
  const final = policyFor({ dialect: "sendblue", settings: { sendblueRetry4xx: "no" } });
  for (const status of [408, 425, 429, 500]) assert.ok(!isFinalRefusal(final, status));
});

test("only a native endpoint can choose its timeout and schedule", () => {
  const own = { timeoutMs: 20_000, retryWaitsMs: [1000, 2000] };
  const native = policyFor({ dialect: "svix", ...own });
  assert.equal(native.timeoutMs, 20_000);
  assert.equal(slotCount(native.schedule), 3);
  const zipwhip = policyFor({ dialect: "zipwhip", ...own });
  assert.equal(zipwhip.timeoutMs, 7000);
  assert.equal(zipwhip.schedule, EXPONENTIAL_72_HOURS);
});

test("without a choice the dialect's policy applies, and a timeout out of range is brought into it", () => {
  const none = { timeoutMs: null, retryWaitsMs: null };
  assert.deepEqual(policyFor({ dialect: "svix", ...none }), DELIVERY_POLICIES.svix);
  assert.equal(policyFor({ dialect: "svix", timeoutMs: 60_000 }).timeoutMs, 30_000);
  assert.equal(policyFor({ dialect: "svix", timeoutMs: 1 }).timeoutMs, 1000);
});

test("the setting that disables endpoints applies to native ones only", () => {
  const disableAfterMs = (dialect: Dialect, setting: number) =>
    policyFor({ dialect, settings: { disableAfterMs: setting } }).disableAfterMs;
  assert.equal(disableAfterMs("svix", 0), 0);
  assert.equal(disableAfterMs("svix", 9), 9);
  for (const dialect of ["zipwhip", "sendblue", "chirp"] as const) {
    assert.equal(disableAfterMs(dialect, 9), 0);
  }
});

test("the waits of Sendblue and Chirp can be set separately", () => {
  const settings = { sendblueWaitsMs: [1000, 2000], chirpWaitsMs: [3000] };
  const waits = DIALECTS.map((dialect) => {
    const { schedule } = policyFor({ dialect, settings });
    return schedule.kind === "waits" ? schedule.waitsMs : schedule.kind;
  });
  assert.deepEqual(waits, ["slots", "slots", [1000, 2000], [3000]]);
});

test("waits that are not a valid schedule are refused by name", () => {
  for (const sendblueWaitsMs of [[999], [86_400_001], Array<number>(31).fill(1000)]) {
    assert.throws(
      () => policyFor({ dialect: "sendblue", settings: { sendblueWaitsMs } }),
      (error: unknown) => error instanceof AppError && error.code === "invalid_field",
    );
  }
});

test("a 4xx of a Sendblue receiver is retried if set so, and a 4xx of others always is", () => {
  for (const dialect of DIALECTS) {
    const retrying = policyFor({ dialect, settings: { sendblueRetry4xx: "yes" } });
    assert.equal(isFinalRefusal(retrying, 404), false, dialect);
    const set = policyFor({ dialect, settings: { sendblueRetry4xx: "no" } });
    assert.equal(isFinalRefusal(set, 404), dialect === "sendblue");
    assert.equal(isFinalRefusal(policyFor({ dialect }), 404), false, dialect);
  }
});
