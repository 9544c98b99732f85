/**
 * The breaker of an endpoint: whether anything is sent to it at all. It opens when several different
 * deliveries in a row fail, so that one poisoned event stops nothing but itself; while it is open one
 * delivery at a time is tried as a probe, and no schedule advances. When a probe is taken it closes,
 * and what waited is sent at a rate that starts at one a second and doubles, since a receiver that
 * has just recovered falls again under all of it at once.
 *
 *     closed ──failures of several deliveries──▶ open ──probe taken──▶ closed, ramping
 *        ▲                                        │ ▲                        │
 *        └────────────clean seconds───────────────┼─┴──a failure while ramping┘
 *                                                 └─probe fails: the next probe, later
 *
 * Being open is durable (`OpenBreaker`); the run of failures and the ramp are the owner's memory.
 */
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { isFinalRefusal } from "./delivery-policy.ts";
import { believedStatus, isAccepted, isOurFault } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Instant } from "./snapshot.ts";

export type OpenBreaker = {
  readonly openedAt: Instant;
  /** When the next probe may leave. */
  readonly probeAt: Instant;
  /** Which wait comes next, from 0; the last one repeats. */
  readonly step: number;
  /** The end of the latest attempt that failed; a delivery at its deadline may count it as its last. */
  readonly failedAt: Instant;
};

/** Failures since the last success, and all attempts of the minute that began with a failure. */
export type FailureRun = {
  readonly count: number;
  /** Distinct deliveries of the run, at most as many as are ever asked for. */
  readonly deliveries: readonly number[];
  /** A run of nothing but refusals needs more of them: a receiver that refuses is there. */
  readonly hasFailure: boolean;
  readonly minuteAt: Instant;
  readonly tried: number;
  readonly failed: number;
};

export type Ramp = { readonly since: Instant };

export type BreakerState = {
  /** Null while closed. */
  readonly open: OpenBreaker | null;
  readonly run: FailureRun;
  readonly ramp: Ramp | null;
  /** The step to go on from when it opens again before it was clean for a while. */
  readonly lastStep: number;
};

export type BreakerChange = {
  readonly state: BreakerState;
  /** What has to be written: `load` changed. Null when it did not. */
  readonly turn: "opened" | "closed" | "probe_failed" | "probe_void" | null;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Waits before each probe; the last one repeats. */
export const PROBE_WAITS_MS = [
  5 * SECOND,
  15 * SECOND,
  45 * SECOND,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
] as const;
const FAILURES_IN_ROW = 5;
const FAILING_DELIVERIES = 3;
const REFUSED_DELIVERIES = 5;
const SHARE_TRIED = 20;
const SHARE_FAILED = 0.7;
/** 1, 2, 4 … a second: after these the lane's own limits are all that holds. */
const RAMP_MS = 10 * SECOND;
/** Clean for this long, it starts from the first wait when it opens again. */
const FORGIVEN_MS = 5 * MINUTE;

const NO_RUN: FailureRun = {
  count: 0,
  deliveries: [],
  hasFailure: false,
  minuteAt: 0,
  tried: 0,
  failed: 0,
};

/** Nothing to remember: what nearly all endpoints have. A success leaves it as it is. */
export const CLEAN_BREAKER: BreakerState = { open: null, run: NO_RUN, ramp: null, lastStep: 0 };

/** As it was written down, after a restart or a change of owner. */
export function openedBreaker(open: OpenBreaker): BreakerState {
  return { ...CLEAN_BREAKER, open, lastStep: open.step };
}

/**
 * What is in memory, brought in line with what is written down: that an endpoint was enabled again
 * or changed closes its breaker or hastens its probe, and only the store knows.
 */
export function alignedBreaker(state: BreakerState, written: OpenBreaker | null): BreakerState {
  if (written !== null) return { ...state, open: written, lastStep: written.step };
  return state.open === null ? state : CLEAN_BREAKER;
}

/** Whoever let a probe through knew that it was open, even if this memory does not. */
export function breakerOfProbe(
  state: BreakerState,
  now: Instant,
): BreakerState & { readonly open: OpenBreaker } {
  const { open, lastStep: step } = state;
  return { ...state, open: open ?? { openedAt: now, probeAt: now, step, failedAt: now } };
}

/**
 * After one attempt of `deliveryId` that ended at `now`. `isProbe`: it was let through while open,
 * and nothing but a 2xx closes it. What had left before the breaker opened says nothing new by
 * failing, and much by being taken.
 */
export function breakerAfter(
  before: BreakerState,
  p: {
    readonly outcome: Outcome;
    readonly policy: DeliveryPolicy;
    readonly deliveryId: number;
    readonly isProbe: boolean;
    readonly now: Instant;
  },
): BreakerChange {
  const { now } = p;
  if (before.open !== null) return whileOpen(before, before.open, p);
  const verdict = findVerdict(p.outcome, p.policy);
  if (verdict === null) return { state: before, turn: null };

  const run = runAfter(before.run, verdict, p);
  const ramp = before.ramp !== null && now - before.ramp.since < FORGIVEN_MS ? before.ramp : null;
  if (verdict === "taken" && run === NO_RUN && ramp === null) {
    return { state: CLEAN_BREAKER, turn: null };
  }
  const state = { ...before, run, ramp, lastStep: ramp === null ? 0 : before.lastStep };
  if (verdict === "taken") return { state, turn: null };
  const fellAgain = ramp !== null && verdict === "failed" && isRamping(ramp, now);
  if (!fellAgain && !isEnough(run)) return { state, turn: null };
  return { state: opened(state, now), turn: "opened" };
}

/** It could not be made, and was none (I7): the next one need not wait any longer for it. */
export function voidProbe(open: OpenBreaker, now: Instant): OpenBreaker {
  return { ...open, probeAt: now + toWait(0) };
}

/** Deliveries a second that may leave while it recovers; null when nothing is held back. */
export function rampRate(ramp: Ramp | null, now: Instant): number | null {
  if (ramp === null || !isRamping(ramp, now)) return null;
  return 2 ** Math.max(0, Math.floor((now - ramp.since) / SECOND));
}

type Verdict = "taken" | "failed" | "refused";

/** Null for what says nothing about the receiver's health. */
function findVerdict(outcome: Outcome, policy: DeliveryPolicy): Verdict | null {
  if (isAccepted(outcome)) return "taken";
  if (isOurFault(outcome)) return null;
  // The address policy refused, the receiver was never asked.
  if (outcome.kind === "failed") return outcome.reason === "blocked" ? null : "failed";
  const status = believedStatus(outcome);
  if (status === null) return "failed";
  // It asks for less, and gets less: that is the pace's affair.
  if (status === 429) return null;
  if (isFinalRefusal(policy, status)) return null;
  if (status >= 500 || status === 408 || status === 425) return "failed";
  return "refused";
}

function whileOpen(
  before: BreakerState,
  open: OpenBreaker,
  p: { readonly outcome: Outcome; readonly isProbe: boolean; readonly now: Instant },
): BreakerChange {
  const { outcome, now } = p;
  if (isAccepted(outcome)) {
    const state = { open: null, run: NO_RUN, ramp: { since: now }, lastStep: open.step };
    return { state, turn: "closed" };
  }
  if (!p.isProbe) return { state: before, turn: null };
  if (isOurFault(outcome)) {
    return { state: { ...before, open: voidProbe(open, now) }, turn: "probe_void" };
  }
  const step = Math.min(open.step + 1, PROBE_WAITS_MS.length - 1);
  const next = { ...open, step, probeAt: now + toWait(step), failedAt: now };
  return { state: { ...before, open: next, lastStep: step }, turn: "probe_failed" };
}

function opened(state: BreakerState, now: Instant): BreakerState {
  const { lastStep } = state;
  const open = { openedAt: now, probeAt: now + toWait(lastStep), step: lastStep, failedAt: now };
  return { open, run: NO_RUN, ramp: null, lastStep };
}

function toWait(step: number): number {
  return PROBE_WAITS_MS[step] as number;
}

function runAfter(
  run: FailureRun,
  verdict: Verdict,
  { deliveryId, now }: { readonly deliveryId: number; readonly now: Instant },
): FailureRun {
  const isSameMinute = now - run.minuteAt < MINUTE && now >= run.minuteAt;
  // A minute begins with a failure, so that an endpoint that takes everything costs nothing.
  if (verdict === "taken" && (!isSameMinute || run.failed === 0)) return NO_RUN;
  const minute = {
    minuteAt: isSameMinute ? run.minuteAt : now,
    tried: (isSameMinute ? run.tried : 0) + 1,
    failed: (isSameMinute ? run.failed : 0) + (verdict === "failed" ? 1 : 0),
  };
  if (verdict === "taken") return { count: 0, deliveries: [], hasFailure: false, ...minute };
  const isKnown = run.deliveries.includes(deliveryId);
  const deliveries =
    isKnown || run.deliveries.length >= REFUSED_DELIVERIES
      ? run.deliveries
      : [...run.deliveries, deliveryId];
  const hasFailure = run.hasFailure || verdict === "failed";
  return { count: run.count + 1, deliveries, hasFailure, ...minute };
}

function isEnough(run: FailureRun): boolean {
  const needed = run.hasFailure ? FAILING_DELIVERIES : REFUSED_DELIVERIES;
  const isInRow = run.count >= FAILURES_IN_ROW && run.deliveries.length >= needed;
  return isInRow || (run.tried >= SHARE_TRIED && run.failed / run.tried >= SHARE_FAILED);
}

function isRamping(ramp: Ramp, now: Instant): boolean {
  return now - ramp.since < RAMP_MS;
}
