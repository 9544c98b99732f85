import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERY_POLICIES, policyFor } from "./delivery-policy.ts";
import { disablesAt } from "./disable-forecast.ts";
import { CLEAN_HEALTH, healthAfter } from "./endpoint-health.ts";

const HOUR = 3_600_000;
const policy = policyFor({ dialect: "svix" });
const FAILED = { kind: "failed", reason: "timeout", detail: "", durationMs: 1 } as const;

test("an endpoint that fails each hour is disabled at the first attempt after the forecast", () => {
  let health = CLEAN_HEALTH;
  for (let now = 0; ; now += HOUR) {
    const forecast = disablesAt(health, policy);
    const change = healthAfter(health, FAILED, policy, now);
    if (change.action === "disable") {
      assert.ok(
        forecast !== null && forecast <= now && forecast > now - HOUR,
        `${forecast} ${now}`,
      );
      return;
    }
    health = change.health;
  }
});

test("a late warning moves the forecast, and other APIs and healthy endpoints have none", () => {
  const late = { failingSince: 0, firstGoneAt: null, warnedAt: 1000 * HOUR };
  assert.equal(disablesAt(late, policy), 1024 * HOUR);
  assert.equal(disablesAt({ ...late, warnedAt: null }, policy), 120 * HOUR);
  assert.equal(disablesAt(CLEAN_HEALTH, policy), null);
  assert.equal(disablesAt(late, DELIVERY_POLICIES.chirp), null);
});
