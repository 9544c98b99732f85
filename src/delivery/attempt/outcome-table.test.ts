/**
 * The effect of each class of answer on the delivery, the endpoint, its breaker and its adaptive limit, in
 * every dialect. It has one row per class, as an operator would look it up.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { afterAttempt } from "../../core/delivery/after-attempt.ts";
import { breakerAfter, CLEAN_BREAKER } from "../../core/delivery/breaker.ts";
import { DELIVERY_POLICIES } from "../../core/delivery/delivery-policy.ts";
import { CLEAN_HEALTH, healthAfter } from "../../core/delivery/endpoint-health.ts";
import type { FailReason, Outcome } from "../../core/delivery/outcome.ts";
import { slotCount } from "../../core/delivery/retry-schedule.ts";
import { DIALECTS } from "../../core/snapshot.ts";
import type { Dialect } from "../../core/snapshot.ts";
import { adjustConcurrency, createAdaptiveConcurrency } from "../limits/adaptive-concurrency.ts";

const AT = Date.UTC(2026, 10, 22, 12);
const SECOND = 1000;

/**
 * - `retry`: a later slot. `again`: the same slot, no attempt used up.
 * - `counts`: five in a row of several deliveries open the breaker. `differs`: only five of different
 *   deliveries. `never`: says nothing about the receiver.
 * - `halves`: the concurrency limit halves. `stays`: it does not change.
 */
type Row = {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
  readonly delivery: "done" | "retry" | "again";
  readonly endpoint: "failing" | "gone" | "well" | "untouched";
  readonly breaker: "closes" | "counts" | "differs" | "never";
  readonly adaptive: "halves" | "stays";
};

function answered(...statuses: number[]): Outcome[] {
  return statuses.map((status) => answer(status));
}

function answer(status: number, retryAfter?: string): Outcome {
  const headers = retryAfter === undefined ? {} : { retryAfter };
  return { kind: "response", status, headers, body: "", bodyTruncated: false, durationMs: 5 };
}

function failed(...reasons: FailReason[]): Outcome[] {
  return reasons.map((reason) => ({ kind: "failed", reason, detail: "", durationMs: 5 }));
}

const failing = { delivery: "retry", endpoint: "failing" } as const;
const TABLE: readonly Row[] = [
  {
    name: "2xx",
    outcomes: answered(200, 201, 204, 299),
    delivery: "done",
    endpoint: "well",
    breaker: "closes",
    adaptive: "stays",
  },
  {
    name: "3xx",
    outcomes: answered(301, 302, 307, 399),
    ...failing,
    breaker: "differs",
    adaptive: "stays",
  },
  {
    name: "a refusal",
    outcomes: answered(400, 404, 405, 413, 415, 422, 499),
    ...failing,
    breaker: "differs",
    adaptive: "stays",
  },
  {
    name: "401 and 403",
    outcomes: answered(401, 403),
    ...failing,
    breaker: "differs",
    adaptive: "stays",
  },
  {
    name: "408 and 425",
    outcomes: answered(408, 425),
    ...failing,
    breaker: "counts",
    adaptive: "stays",
  },
  {
    name: "410",
    outcomes: answered(410),
    delivery: "retry",
    endpoint: "gone",
    breaker: "differs",
    adaptive: "stays",
  },
  { name: "429", outcomes: answered(429), ...failing, breaker: "never", adaptive: "halves" },
  {
    name: "5xx",
    outcomes: answered(500, 501, 505, 599),
    ...failing,
    breaker: "counts",
    adaptive: "stays",
  },
  {
    name: "502, 503 and 504",
    outcomes: answered(502, 503, 504),
    ...failing,
    breaker: "counts",
    adaptive: "halves",
  },
  {
    name: "a timeout",
    outcomes: failed("timeout"),
    ...failing,
    breaker: "counts",
    adaptive: "halves",
  },
  {
    name: "a failure of the network",
    outcomes: failed(
      ...(["dns_not_found", "dns_failure", "refused", "reset"] as const),
      ...(["unreachable", "tls", "protocol", "headers_too_large"] as const),
    ),
    ...failing,
    breaker: "counts",
    adaptive: "stays",
  },
  {
    name: "a blocked address",
    outcomes: failed("blocked"),
    ...failing,
    breaker: "never",
    adaptive: "stays",
  },
  {
    name: "our own fault",
    outcomes: failed("internal", "cancelled"),
    delivery: "again",
    endpoint: "untouched",
    breaker: "never",
    adaptive: "stays",
  },
];

for (const row of TABLE) {
  describe(row.name, () => {
    for (const dialect of DIALECTS) {
      test(`for ${dialect}`, () => {
        for (const outcome of row.outcomes) {
          const text = JSON.stringify(outcome);
          assert.equal(deliveryAfter(outcome, dialect), row.delivery, text);
          assert.equal(endpointAfter(outcome, dialect), toEndpoint(row, dialect), text);
          assert.equal(toBreaker(outcome, dialect), row.breaker, text);
          assert.equal(toAdaptive(outcome), row.adaptive, text);
        }
      });
    }
  });
}

test("Retry-After is respected on any failure and pauses the whole endpoint, at most six hours", () => {
  for (const status of [301, 404, 408, 410, 429, 500, 503]) {
    for (const [text, seconds] of [
      ["120", 120],
      [new Date(AT + 120 * SECOND).toUTCString(), 120],
      ["99999999999999999999", 6 * 3600],
      ["-5", 0],
      ["soon", 0],
    ] as const) {
      const adaptive = createAdaptiveConcurrency(64);
      adjustConcurrency(adaptive, {
        outcome: answer(status, text),
        startedAt: AT,
        now: AT,
        mostAtOnce: 64,
      });
      assert.equal(Math.max(0, adaptive.pausedUntil - AT), seconds * SECOND, `${status} ${text}`);
    }
  }
});

test("a 429 with Retry-After uses up no retry of a dialect that promises a number of retries", () => {
  for (const dialect of ["sendblue", "chirp"] as const) {
    const policy = DELIVERY_POLICIES[dialect];
    for (const slot of [1, 2, slotCount(policy.schedule)]) {
      const delivery = { slot, baseAt: AT, seed: "1" };
      const given = { delivery, policy, now: AT + SECOND };
      const asked = afterAttempt({ ...given, outcome: answer(429, "9000") });
      assert.ok(asked.state === "pending");
      assert.equal(asked.slot, slot);
      const waitMs = asked.dueAt - AT - SECOND;
      assert.ok(waitMs >= 9000 * SECOND && waitMs <= 9060 * SECOND, `${waitMs} ms`);
      const late = { ...given, now: AT + 72 * 3600 * SECOND };
      const end = afterAttempt({ ...late, outcome: answer(429, "60") });
      assert.deepEqual(end, { state: "failed", reason: "exhausted" });
    }
  }
});

function deliveryAfter(outcome: Outcome, dialect: Dialect) {
  const policy = DELIVERY_POLICIES[dialect];
  const delivery = { slot: 1, baseAt: AT, seed: "1" };
  const after = afterAttempt({ delivery, policy, outcome, now: AT + SECOND });
  const words = {
    delivered: "done",
    pending: "retry",
    failed: "final",
    unchanged: "again",
  } as const;
  return words[after.state];
}

function toEndpoint({ endpoint }: Row, dialect: Dialect): Row["endpoint"] {
  // In other dialects a 410 is an ordinary refusal.
  return endpoint === "gone" && dialect !== "svix" ? "failing" : endpoint;
}

function endpointAfter(outcome: Outcome, dialect: Dialect): Row["endpoint"] {
  const policy = DELIVERY_POLICIES[dialect];
  const { health } = healthAfter(CLEAN_HEALTH, outcome, policy, AT);
  if (health.firstGoneAt !== null) return "gone";
  if (health.failingSince !== null) return "failing";
  const before = { ...CLEAN_HEALTH, failingSince: AT - SECOND };
  return healthAfter(before, outcome, policy, AT).changed ? "well" : "untouched";
}

function toBreaker(outcome: Outcome, dialect: Dialect): Row["breaker"] {
  if (opensBy(outcome, dialect, [1, 2, 3, 1, 2])) return "counts";
  if (opensBy(outcome, dialect, [1, 2, 3, 4, 5])) return "differs";
  const policy = DELIVERY_POLICIES[dialect];
  const given = { outcome, policy, deliveryId: 1, isProbe: true, now: AT };
  const open = { openedAt: AT, probeAt: AT, step: 0, failedAt: AT };
  const { turn } = breakerAfter({ ...CLEAN_BREAKER, open }, given);
  return turn === "closed" ? "closes" : "never";
}

function opensBy(outcome: Outcome, dialect: Dialect, deliveryIds: readonly number[]): boolean {
  const policy = DELIVERY_POLICIES[dialect];
  let state = CLEAN_BREAKER;
  for (const deliveryId of deliveryIds) {
    state = breakerAfter(state, { outcome, policy, deliveryId, isProbe: false, now: AT }).state;
  }
  return state.open !== null;
}

function toAdaptive(outcome: Outcome): Row["adaptive"] {
  const adaptive = createAdaptiveConcurrency(64);
  const { limit } = adaptive;
  adjustConcurrency(adaptive, { outcome, startedAt: AT, now: AT, mostAtOnce: 64 });
  return adaptive.limit === limit ? "stays" : "halves";
}
