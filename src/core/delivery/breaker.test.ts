import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import {
  alignedBreaker,
  breakerAfter,
  breakerOfProbe,
  CLEAN_BREAKER,
  openedBreaker,
  PROBE_WAITS_MS,
  rampRate,
} from "./breaker.ts";
import type { BreakerChange, BreakerState } from "./breaker.ts";
import { DELIVERY_POLICIES, policyFor } from "./delivery-policy.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import type { Outcome, Responded } from "./outcome.ts";

const AT = Date.UTC(2026, 4, 6);
const SECOND = 1000;

function answered(status: number): Responded {
  return { kind: "response", status, headers: {}, body: "", bodyTruncated: false, durationMs: 5 };
}
const TIMED_OUT: Outcome = { kind: "failed", reason: "timeout", detail: "", durationMs: 7000 };

type Step = { outcome: Outcome; deliveryId?: number; isProbe?: boolean; now?: number };

/** The policy with `HOOKLINE_SENDBLUE_RETRY_4XX=no`. */
const FINAL_ON_4XX = policyFor({ dialect: "sendblue", settings: { sendblueRetry4xx: "no" } });

function after(state: BreakerState, step: Step, policy: DeliveryPolicy = DELIVERY_POLICIES.svix) {
  return breakerAfter(state, { policy, deliveryId: 1, isProbe: false, now: AT, ...step });
}

function run(steps: readonly Step[], policy?: DeliveryPolicy): BreakerChange {
  let change: BreakerChange = { state: CLEAN_BREAKER, turn: null };
  for (const step of steps) change = after(change.state, step, policy);
  return change;
}

const failing = (ids: readonly number[], outcome: Outcome = answered(500)) =>
  ids.map((deliveryId) => ({ outcome, deliveryId }));

test("five consecutive failures across three deliveries open the breaker; four failures or two deliveries do not", () => {
  assert.equal(run(failing([1, 2, 3, 1, 2])).turn, "opened");
  assert.equal(run(failing([1, 2, 3, 1])).turn, null);
  assert.equal(run(failing([1, 2, 1, 2, 1, 2, 1])).state.open, null);
});

test("a timeout counts like a 5xx, and one success resets the run of failures", () => {
  assert.equal(run(failing([1, 2, 3, 4, 5], TIMED_OUT)).turn, "opened");
  const mended = [...failing([1, 2, 3, 4]), { outcome: answered(204) }, ...failing([5, 6, 7, 8])];
  assert.equal(run(mended).state.open, null);
});

test("one poisoned event never opens the breaker", () => {
  assert.equal(run(failing(Array.from({ length: 19 }, () => 7))).state.open, null);
});

test("refusals open the breaker only across five deliveries", () => {
  assert.equal(run(failing([1, 2, 3, 4, 1, 2, 3], answered(404))).state.open, null);
  assert.equal(run(failing([1, 2, 3, 4, 5], answered(404))).turn, "opened");
});

test("seven failures in ten of at least twenty attempts within a minute open the breaker", () => {
  const mixed = Array.from({ length: 20 }, (_, i) => ({
    outcome: answered(i % 4 === 2 ? 200 : 500),
    deliveryId: i,
  }));
  assert.equal(run(mixed).turn, "opened");
  const spread = mixed.map((step, i) => ({ ...step, now: AT + i * 4 * SECOND }));
  assert.equal(run(spread).state.open, null);
});

test("429, a blocked target, a final refusal and a fault of the server do not affect the breaker", () => {
  const blocked: Outcome = { kind: "failed", reason: "blocked", detail: "", durationMs: 0 };
  const serverFault: Outcome = { kind: "failed", reason: "internal", detail: "", durationMs: 0 };
  for (const outcome of [answered(429), blocked, serverFault]) {
    assert.equal(run(failing([1, 2, 3, 4, 5, 6], outcome)).state.open, null);
  }
  assert.equal(run(failing([1, 2, 3, 4, 5, 6], answered(404)), FINAL_ON_4XX).state.open, null);
  assert.equal(run(failing([1, 2, 3, 4, 5], answered(408)), FINAL_ON_4XX).turn, "opened");
});

test("failing probes are sent after 5, 15, 45 s, 2, 5, 10 and then every 15 minutes", () => {
  let change = run(failing([1, 2, 3, 4, 5]));
  let now = AT;
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    assert.ok(change.state.open !== null);
    waits.push((change.state.open.probeAt - now) / SECOND);
    now = change.state.open.probeAt;
    change = after(change.state, { outcome: TIMED_OUT, isProbe: true, now });
    assert.equal(change.turn, "probe_failed");
  }
  assert.deepEqual(waits, [5, 15, 45, 120, 300, 600, 900, 900, 900]);
});

test("a success of a healthy endpoint creates no new state", () => {
  const change = after(CLEAN_BREAKER, { outcome: answered(200) });
  assert.equal(change.state, CLEAN_BREAKER);
  const failedIdempotent = run(failing([1])).state;
  const later = { outcome: answered(200), now: AT + 61 * SECOND };
  assert.equal(after(failedIdempotent, later).state, CLEAN_BREAKER);
});

test("a probe that could not be made is not a failure: the next one is sent after the first wait", () => {
  const serverFault: Outcome = { kind: "failed", reason: "internal", detail: "", durationMs: 0 };
  let { state } = run(failing([1, 2, 3, 4, 5]));
  for (let i = 0; i < 3; i++) {
    state = after(state, { outcome: TIMED_OUT, isProbe: true, now: AT + i }).state;
  }
  const { state: next, turn } = after(state, { outcome: serverFault, isProbe: true, now: AT + 10 });
  assert.equal(turn, "probe_void");
  assert.deepEqual(next.open, { ...state.open, probeAt: AT + 10 + 5 * SECOND });
});

test("a probe that is answered with any status except 2xx has failed", () => {
  for (const status of [301, 404, 410, 429, 500]) {
    const { state } = run(failing([1, 2, 3, 4, 5]));
    const probe = { outcome: answered(status), isProbe: true };
    assert.equal(after(state, probe, FINAL_ON_4XX).turn, "probe_failed", `${status}`);
  }
});

test("the stored breaker overrides memory, and a probe counts even when memory does not know that the breaker is open", () => {
  const open = { openedAt: AT, probeAt: AT, step: 2, failedAt: AT };
  assert.deepEqual(alignedBreaker(CLEAN_BREAKER, open).open, open);
  assert.equal(alignedBreaker(openedBreaker(open), null), CLEAN_BREAKER);
  const failed = run(failing([1])).state;
  assert.equal(alignedBreaker(failed, null), failed);
  const probe = { outcome: answered(200), isProbe: true };
  assert.equal(after(breakerOfProbe(CLEAN_BREAKER, AT), probe).turn, "closed");
});

test("of attempts in flight when the breaker opened, a failure is ignored and a success closes it", () => {
  const { state } = run(failing([1, 2, 3, 4, 5]));
  assert.equal(after(state, { outcome: TIMED_OUT, deliveryId: 9 }).turn, null);
  assert.equal(after(state, { outcome: answered(200), deliveryId: 9 }).turn, "closed");
});

test("after a successful probe the rate starts at one a second and doubles for ten seconds", () => {
  const open = run(failing([1, 2, 3, 4, 5])).state;
  const { state, turn } = after(open, { outcome: answered(200), isProbe: true });
  assert.equal(turn, "closed");
  const rates = [0, 0.9, 1, 2.5, 9.9, 10, 60].map((s) => rampRate(state.ramp, AT + s * SECOND));
  assert.deepEqual(rates, [1, 1, 2, 4, 512, null, null]);
});

test("one failure during the ramp opens the breaker again, with the wait that it had before", () => {
  let { state } = run(failing([1, 2, 3, 4, 5]));
  for (let i = 0; i < 3; i++) {
    state = after(state, { outcome: TIMED_OUT, isProbe: true }).state;
  }
  state = after(state, { outcome: answered(200), isProbe: true }).state;
  const reopened = after(state, { outcome: answered(503), now: AT + 2 * SECOND });
  assert.equal(reopened.turn, "opened");
  assert.equal((reopened.state.open?.probeAt ?? 0) - AT - 2 * SECOND, PROBE_WAITS_MS[3]);
});

test("after five clean minutes the breaker starts from the first wait", () => {
  let state = openedBreaker({ openedAt: AT, probeAt: AT, step: 6, failedAt: AT });
  state = after(state, { outcome: answered(200), isProbe: true }).state;
  const later = AT + 400 * SECOND;
  let change: BreakerChange = { state, turn: null };
  for (const deliveryId of [1, 2, 3, 4, 5]) {
    change = after(change.state, { outcome: TIMED_OUT, deliveryId, now: later });
  }
  assert.equal((change.state.open?.probeAt ?? 0) - later, PROBE_WAITS_MS[0]);
});

test("an open breaker always has a probe within 15 minutes and reports each transition once", () => {
  const step = fc.record({
    outcome: fc.constantFrom(answered(200), answered(500), answered(404), answered(429), TIMED_OUT),
    deliveryId: fc.nat(6),
    isProbe: fc.boolean(),
    wait: fc.nat(20 * 60 * SECOND),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = AT;
      let state = CLEAN_BREAKER;
      for (const { wait, ...each } of steps) {
        now += wait;
        const change = after(state, { ...each, now });
        const { open } = change.state;
        if (open !== null) assert.ok(open.probeAt - open.failedAt <= 15 * 60 * SECOND);
        const turned = (state.open === null) !== (open === null);
        assert.equal(turned, change.turn === "opened" || change.turn === "closed");
        state = change.state;
      }
    }),
  );
});

test("a refusal in a broken head is an ordinary failure", () => {
  const broken = (status: number): Outcome => ({ ...answered(status), hasBrokenHead: true });
  assert.equal(run(failing([1, 2, 3, 1, 2], broken(404))).turn, "opened");
  assert.equal(run(failing([1, 2, 3, 1, 2], broken(429))).turn, "opened");
});
