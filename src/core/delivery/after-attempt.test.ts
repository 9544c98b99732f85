import assert from "node:assert/strict";
import { test } from "node:test";
import { afterAttempt } from "./after-attempt.ts";
import { DELIVERY_POLICIES, policyFor } from "./delivery-policy.ts";
import type { FailReason, Outcome, Responded } from "./outcome.ts";
import { slotAt } from "./retry-schedule.ts";
import { DIALECTS } from "../snapshot.ts";
import type { Dialect } from "../snapshot.ts";

const BASE = Date.UTC(2026, 10, 22, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function responded(status: number, retryAfter?: string): Responded {
  const headers = retryAfter === undefined ? {} : { retryAfter };
  return { kind: "response", status, headers, body: "", bodyTruncated: false, durationMs: 1 };
}

function failed(reason: FailReason): Outcome {
  return { kind: "failed", reason, detail: "", durationMs: 1 };
}

function after(outcome: Outcome, dialect: Dialect = "zipwhip", slot = 1, now = BASE + 1000) {
  const delivery = { slot, baseAt: BASE, seed: "dlv_1" };
  return afterAttempt({ delivery, policy: DELIVERY_POLICIES[dialect], outcome, now });
}

test("any 2xx status delivers, in every dialect", () => {
  for (const dialect of DIALECTS) {
    for (const status of [200, 201, 202, 204, 299]) {
      assert.deepEqual(after(responded(status), dialect), { state: "delivered" });
    }
  }
});

test("redirects, refusals and failures are retried in the next slot", () => {
  const expected = {
    state: "pending",
    slot: 2,
    dueAt: slotAt({
      schedule: DELIVERY_POLICIES.zipwhip.schedule,
      baseAt: BASE,
      slot: 2,
      seed: "dlv_1",
    }),
    skipped: [],
  };
  for (const status of [301, 307, 400, 401, 404, 408, 410, 422, 429, 500, 503, 600]) {
    assert.deepEqual(after(responded(status)), expected, String(status));
  }
  for (const reason of ["timeout", "dns_not_found", "dns_failure", "refused", "reset"] as const) {
    assert.deepEqual(after(failed(reason)), expected, reason);
  }
  for (const reason of ["unreachable", "tls", "protocol", "headers_too_large"] as const) {
    assert.deepEqual(after(failed(reason)), expected, reason);
  }
});

test("for Sendblue a 4xx is retried like any other failure", () => {
  for (const status of [400, 404, 410, 408, 425, 429, 302, 500]) {
    assert.equal(after(responded(status), "sendblue").state, "pending");
  }
});

test("I6: after the last slot the delivery has failed", () => {
  const end = BASE + 72 * HOUR + 5000;
  for (const outcome of [responded(503), responded(429, "60"), failed("blocked")]) {
    assert.deepEqual(after(outcome, "svix", 22, end), { state: "failed", reason: "exhausted" });
  }
  assert.deepEqual(after(responded(200), "svix", 22, end), { state: "delivered" });
});

test("I7: a fault of the server uses up no slot, not even the last", () => {
  const now = BASE + 80 * HOUR;
  for (const slot of [1, 22]) {
    assert.deepEqual(after(failed("internal"), "svix", slot, now), {
      state: "unchanged",
      retryAt: now + 5000,
    });
    assert.deepEqual(after(failed("cancelled"), "svix", slot, now), {
      state: "unchanged",
      retryAt: now,
    });
  }
});

test("Retry-After is honoured on any failing response, as seconds and as a date", () => {
  for (const status of [429, 503, 500, 404]) {
    const asked = after(responded(status, "600"));
    assert.ok(asked.state === "pending");
    assert.equal(asked.dueAt, BASE + 1000 + 10 * MINUTE);
    assert.deepEqual(asked.skipped, [2, 3, 4, 5]);
    assert.equal(asked.slot, 6);
  }
  const date = after(responded(503, new Date(BASE + HOUR).toUTCString()));
  assert.ok(date.state === "pending");
  assert.equal(date.dueAt, BASE + HOUR);
});

test("a greedy, short or broken Retry-After is bounded or ignored", () => {
  const plain = after(responded(503));
  for (const value of ["0", "1", "-5", "later"]) {
    assert.deepEqual(after(responded(503, value)), plain, value);
  }
  const greedy = after(responded(503, "99999999"));
  assert.ok(greedy.state === "pending");
  assert.equal(greedy.dueAt, BASE + 1000 + 6 * HOUR);
});

test("a blocked address is retried on the long steps only", () => {
  const native = after(failed("blocked"));
  assert.ok(native.state === "pending");
  assert.deepEqual([native.slot, native.skipped], [5, [2, 3, 4]]);
  const sendblue = after(failed("blocked"), "sendblue");
  assert.ok(sendblue.state === "pending");
  assert.deepEqual([sendblue.slot, sendblue.skipped], [3, [2]]);
});

test("a blocked address with short steps alone still gets its last attempt", () => {
  const policy = policyFor({ dialect: "svix", retryWaitsMs: [1000, 2000, 3000] });
  const delivery = { slot: 1, baseAt: BASE, seed: "dlv_1" };
  const next = afterAttempt({ delivery, policy, outcome: failed("blocked"), now: BASE });
  assert.ok(next.state === "pending");
  assert.deepEqual([next.slot, next.skipped], [4, [2, 3]]);
});

test("neither a final refusal nor Retry-After is believed from a broken head", () => {
  const broken = (status: number, retryAfter?: string): Outcome => ({
    ...responded(status, retryAfter),
    hasBrokenHead: true,
  });
  assert.deepEqual(after(broken(404), "sendblue"), after(responded(500), "sendblue"));
  assert.deepEqual(after(broken(503, "3600")), after(responded(503)));
  assert.deepEqual(after(broken(429, "3600"), "sendblue"), after(responded(500), "sendblue"));
  assert.deepEqual(after(broken(204)), { state: "delivered" });
});
