import assert from "node:assert/strict";
import { test } from "node:test";
import { policyFor } from "./delivery-policy.ts";
import { CLEAN_HEALTH, healthAfter } from "./endpoint-health.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { FailReason, Outcome, Responded } from "./outcome.ts";
import type { Dialect } from "../snapshot.ts";

const T0 = Date.UTC(2026, 10, 22);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function responded(status: number): Responded {
  return { kind: "response", status, headers: {}, body: "", bodyTruncated: false, durationMs: 1 };
}

function failed(reason: FailReason): Outcome {
  return { kind: "failed", reason, detail: "", durationMs: 1 };
}

/** Runs attempts (instant since T0, outcome) and returns the actions in order. */
function run(
  attempts: readonly (readonly [number, Outcome])[],
  more: { dialect?: Dialect; disableAfterMs?: number } = {},
) {
  const { dialect = "svix", ...settings } = more;
  const policy = policyFor({ dialect, settings });
  let health: EndpointHealth = CLEAN_HEALTH;
  const actions = attempts.map(([at, outcome]) => {
    const change = healthAfter(health, outcome, policy, T0 + at);
    health = change.health;
    return change.action === "disable" ? `disable: ${change.reason}` : change.action;
  });
  return { actions, health };
}

const everySixHours = (days: number) =>
  Array.from({ length: days * 4 + 1 }, (_, i) => [i * 6 * HOUR, responded(500)] as const);

test("five days without a success disable a native endpoint, a day after the warning", () => {
  const { actions } = run(everySixHours(5));
  assert.equal(actions.indexOf("warn"), 16);
  assert.equal(actions.indexOf("disable: failing"), 20);
  assert.ok(actions.every((action, i) => i === 16 || i === 20 || action === "none"));
});

test("one success resets the days", () => {
  const attempts = everySixHours(5).map(([at, outcome], i) =>
    i === 19 ? ([at, responded(204)] as const) : ([at, outcome] as const),
  );
  const { actions, health } = run(attempts);
  assert.equal(actions.filter((action) => action === "warn").length, 1);
  assert.equal(actions.at(-1), "none");
  assert.equal(health.failingSince, T0 + 5 * DAY);
});

test("an endpoint with little traffic is warned first, however late, and disabled a day after", () => {
  const { actions } = run([
    [0, failed("timeout")],
    [9 * DAY, failed("timeout")],
    [9 * DAY + 23 * HOUR, failed("timeout")],
    [10 * DAY, failed("timeout")],
  ]);
  assert.deepEqual(actions, ["none", "warn", "none", "disable: failing"]);
});

test("a disable period below two days warns at its half", () => {
  const attempts = [0, 1, 2, 3, 4].map((hours) => [hours * HOUR, responded(500)] as const);
  const { actions } = run(attempts, { disableAfterMs: 4 * HOUR });
  assert.deepEqual(actions, ["none", "none", "warn", "none", "disable: failing"]);
});

test("a disable period of 0 never warns and never disables", () => {
  const { actions } = run(everySixHours(30), { disableAfterMs: 0 });
  assert.ok(actions.every((action) => action === "none"));
});

test("Zipwhip, Sendblue and Chirp endpoints are never disabled", () => {
  for (const dialect of ["zipwhip", "sendblue", "chirp"] as const) {
    const { actions } = run(
      everySixHours(30).map(([at]) => [at, responded(410)] as const),
      { dialect },
    );
    assert.ok(actions.every((action) => action === "none"));
  }
});

test("two 410s five minutes apart disable an endpoint; a single one or an earlier second one does not", () => {
  const { actions } = run([
    [0, responded(410)],
    [5 * MINUTE - 1, responded(410)],
    [5 * MINUTE, responded(500)],
    [6 * MINUTE, responded(410)],
  ]);
  assert.deepEqual(actions, ["none", "none", "none", "disable: gone"]);
});

test("a success between two 410s resets the first", () => {
  const { actions } = run([
    [0, responded(410)],
    [MINUTE, responded(200)],
    [HOUR, responded(410)],
  ]);
  assert.deepEqual(actions, ["none", "none", "none"]);
});

test("I7: a fault of the server never counts against the endpoint", () => {
  const { actions, health } = run([
    [0, failed("internal")],
    [9 * DAY, failed("cancelled")],
  ]);
  assert.deepEqual(actions, ["none", "none"]);
  assert.equal(health, CLEAN_HEALTH);
});

test("health is written only when it changes", () => {
  const policy = policyFor({ dialect: "svix" });
  assert.equal(healthAfter(CLEAN_HEALTH, responded(200), policy, T0).changed, false);
  const first = healthAfter(CLEAN_HEALTH, responded(500), policy, T0);
  assert.equal(first.changed, true);
  assert.equal(healthAfter(first.health, responded(500), policy, T0 + HOUR).changed, false);
  assert.equal(healthAfter(first.health, responded(200), policy, T0 + HOUR).changed, true);
});

test("a 410 in a broken head does not disable an endpoint", () => {
  const gone: Outcome = { ...responded(410), hasBrokenHead: true };
  const { actions, health } = run([0, 6 * MINUTE, HOUR].map((at) => [at, gone] as const));
  assert.deepEqual(actions, ["none", "none", "none"]);
  assert.equal(health.firstGoneAt, null);
});
