/**
 * The breaker of an endpoint decides whether deliveries are sent to it. It opens when several different
 * deliveries in a row fail, so that one poisoned event stops only itself. While it is open, one delivery at a
 * time is tried as a probe, and no schedule advances. A successful probe closes it. The waiting deliveries
 * are then sent at a rate that starts at one a second and doubles: a receiver that has just recovered would
 * fail again under all of them at once.
 *
 *     closed ──failures of several deliveries──▶ open ──probe succeeds──▶ closed, ramping
 *        ▲                                        │ ▲                        │
 *        └────────────clean seconds───────────────┼─┴──a failure while ramping┘
 *                                                 └─probe fails: the next probe, later
 *
 * An open breaker is durable (`OpenBreaker`); the run of failures and the ramp are in the owner's memory.
 */
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { isFinalRefusal } from "./delivery-policy.ts";
import { believedStatus, isAccepted, isServerFault } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Instant } from "../snapshot.ts";

export type OpenBreaker = {
  readonly openedAt: Instant;
  /** The earliest time of the next probe. */
  readonly probeAt: Instant;
  /** Index of the next wait, from 0; the last one repeats. */
  readonly step: number;
  /** End of the latest failed attempt; a delivery at its deadline may count it as its last attempt. */
  readonly failedAt: Instant;
};

/** Failures since the last success, and all attempts of the minute that began with a failure. */
export type FailureRun = {
  readonly count: number;
  /** Distinct deliveries of the run, up to the largest number that a rule needs. */
  readonly deliveries: readonly number[];
  /** A run of refusals alone needs more deliveries: a receiver that refuses is reachable. */
  readonly hasFailure: boolean;
  readonly minuteAt: Instant;
  readonly tried: number;
  readonly failed: number;
};

export type Ramp = { readonly since: Instant };

export type BreakerState = {
  /** Null while the breaker is closed. */
  readonly open: OpenBreaker | null;
  readonly run: FailureRun;
  readonly ramp: Ramp | null;
  /** The step to continue from when the breaker opens again without five clean minutes in between. */
  readonly lastStep: number;
};

export type BreakerChange = {
  readonly state: BreakerState;
  /** The transition that must be written because `open` changed; null when it did not. */
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
/** The rate is 1, 2, 4 … a second; after this time only the lane's limits apply. */
const RAMP_MS = 10 * SECOND;
/** After this time without a failure, the breaker starts from the first wait when it opens again. */
const FORGIVEN_MS = 5 * MINUTE;

const NO_RUN: FailureRun = {
  count: 0,
  deliveries: [],
  hasFailure: false,
  minuteAt: 0,
  tried: 0,
  failed: 0,
};

/** The state of nearly all endpoints: nothing to remember. A success does not change it. */
export const CLEAN_BREAKER: BreakerState = { open: null, run: NO_RUN, ramp: null, lastStep: 0 };

/** Returns the state of a stored breaker after a restart or a change of owner. */
export function openedBreaker(open: OpenBreaker): BreakerState {
  return { ...CLEAN_BREAKER, open, lastStep: open.step };
}

/**
 * Aligns the state in memory with the stored breaker. Enabling or changing an endpoint closes its breaker or
 * moves its probe forward, and only the store knows that.
 */
export function alignedBreaker(state: BreakerState, written: OpenBreaker | null): BreakerState {
  if (written !== null) return { ...state, open: written, lastStep: written.step };
  return state.open === null ? state : CLEAN_BREAKER;
}

/** A probe proves that the breaker is open, even if this memory does not know it. */
export function breakerOfProbe(
  state: BreakerState,
  now: Instant,
): BreakerState & { readonly open: OpenBreaker } {
  const { open, lastStep: step } = state;
  return { ...state, open: open ?? { openedAt: now, probeAt: now, step, failedAt: now } };
}

/**
 * Returns the state after an attempt of `deliveryId` that ended at `now`. `isProbe` means that the attempt
 * was sent while the breaker was open; only a 2xx closes it. Of attempts already in flight when the breaker
 * opened, a failure is ignored and a success closes it.
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
  const failedInRamp = ramp !== null && verdict === "failed" && isRamping(ramp, now);
  if (!failedInRamp && !shouldOpen(run)) return { state, turn: null };
  return { state: opened(state, now), turn: "opened" };
}

/**
 * Returns the breaker after a probe that could not be made (I7): the next probe comes after the first wait.
 */
export function voidProbe(open: OpenBreaker, now: Instant): OpenBreaker {
  return { ...open, probeAt: now + toWait(0) };
}

/** Deliveries a second that may be sent during recovery; null when the rate is not limited. */
export function rampRate(ramp: Ramp | null, now: Instant): number | null {
  if (ramp === null || !isRamping(ramp, now)) return null;
  return 2 ** Math.max(0, Math.floor((now - ramp.since) / SECOND));
}

type Verdict = "taken" | "failed" | "refused";

/** Returns null for an outcome that says nothing about the receiver's health. */
function findVerdict(outcome: Outcome, policy: DeliveryPolicy): Verdict | null {
  if (isAccepted(outcome)) return "taken";
  if (isServerFault(outcome)) return null;
  // The address policy refused the target; no request reached the receiver.
  if (outcome.kind === "failed") return outcome.reason === "blocked" ? null : "failed";
  const status = believedStatus(outcome);
  if (status === null) return "failed";
  // The receiver asks for a lower rate, which adaptive concurrency applies.
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
  if (isServerFault(outcome)) {
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
  // A minute begins with a failure, so that an endpoint without failures costs nothing.
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

function shouldOpen(run: FailureRun): boolean {
  const needed = run.hasFailure ? FAILING_DELIVERIES : REFUSED_DELIVERIES;
  const isInRow = run.count >= FAILURES_IN_ROW && run.deliveries.length >= needed;
  return isInRow || (run.tried >= SHARE_TRIED && run.failed / run.tried >= SHARE_FAILED);
}

function isRamping(ramp: Ramp, now: Instant): boolean {
  return now - ramp.since < RAMP_MS;
}
