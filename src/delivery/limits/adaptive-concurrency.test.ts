import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Responded } from "../../core/delivery/outcome.ts";
import {
  adjustConcurrency,
  createAdaptiveConcurrency,
  nextSendAt,
  consume,
} from "./adaptive-concurrency.ts";

const NOW = 1_000_000;

function response(status: number, durationMs = 10, retryAfter?: string): Responded {
  const headers = retryAfter === undefined ? {} : { retryAfter };
  return { kind: "response", status, headers, body: "", bodyTruncated: false, durationMs };
}

const TIMEOUT: Outcome = { kind: "failed", reason: "timeout", detail: "", durationMs: 7000 };

function paceAfter(outcomes: readonly Outcome[], mostAtOnce = 64) {
  const adaptive = createAdaptiveConcurrency(mostAtOnce);
  for (const [i, outcome] of outcomes.entries()) {
    adjustConcurrency(adaptive, { outcome, startedAt: NOW + i, now: NOW + i, mostAtOnce });
  }
  return adaptive;
}

test("the limit grows by one after each window of fast 2xx answers, up to its maximum", () => {
  assert.equal(createAdaptiveConcurrency(64).limit, 4);
  assert.equal(paceAfter(Array(3).fill(response(200))).limit, 4);
  assert.equal(paceAfter(Array(4).fill(response(200))).limit, 5);
  assert.equal(paceAfter(Array(9).fill(response(200))).limit, 6);
  assert.equal(paceAfter(Array(9000).fill(response(200))).limit, 64);
  assert.equal(paceAfter(Array(4).fill(response(200, 1001))).limit, 4, "slow ones do not count");
});

test("the limit halves on overload, once for all attempts that were in flight together, never below one", () => {
  for (const status of [429, 502, 503, 504]) assert.equal(paceAfter([response(status)]).limit, 2);
  assert.equal(paceAfter([TIMEOUT]).limit, 2);
  assert.equal(paceAfter([response(500), response(404)]).limit, 4);
  assert.equal(paceAfter(Array.from({ length: 9 }, () => TIMEOUT)).limit, 1);
  const adaptive = createAdaptiveConcurrency(64);
  for (let i = 0; i < 4; i++) {
    adjustConcurrency(adaptive, {
      outcome: TIMEOUT,
      startedAt: NOW,
      now: NOW + 7000,
      mostAtOnce: 64,
    });
  }
  assert.equal(adaptive.limit, 2);
});

test("an internal failure changes nothing: it says nothing about the receiver", () => {
  const internal: Outcome = { kind: "failed", reason: "internal", detail: "", durationMs: 0 };
  assert.deepEqual(paceAfter([response(200), internal]), paceAfter([response(200)]));
});

test("Retry-After pauses the endpoint for the requested time, at most six hours", () => {
  assert.equal(nextSendAt(paceAfter([response(503, 10, "30")]), null), NOW + 30_000);
  assert.equal(nextSendAt(paceAfter([response(503, 10, "99999999")]), null), NOW + 6 * 3_600_000);
  assert.ok(nextSendAt(paceAfter([response(503, 10, "soon")]), null) <= NOW);
});

test("a malformed response head neither pauses the endpoint nor halves its limit", () => {
  const broken: Outcome = { ...response(429, 10, "30"), hasBrokenHead: true };
  const adaptive = paceAfter([broken]);
  assert.equal(adaptive.limit, 4);
  assert.ok(nextSendAt(adaptive, null) <= NOW);
});

test("a rate allows its number of sends within a second, in a burst or spread out", () => {
  const adaptive = createAdaptiveConcurrency(64);
  let started = 0;
  for (let now = NOW; now < NOW + 10_000; now += 10) {
    while (nextSendAt(adaptive, 5) <= now) {
      consume(adaptive, 5, now);
      started += 1;
    }
  }
  assert.ok(started >= 50 && started <= 55, `${started} in ten seconds`);
});
