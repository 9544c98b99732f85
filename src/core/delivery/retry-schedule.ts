/**
 * The retry schedule of a delivery (I6). Slots are numbered from 1, the first attempt. There are two kinds:
 *
 * - `slots`: instants counted from accept. A slot that is past when an attempt ends is skipped and named. The
 *   last one is due exactly at the deadline and may be late, but is never skipped.
 * - `waits`: pauses counted from the end of an attempt, for vendors that promise a number of retries. With
 *   slots, one 45 s timeout would cost a Sendblue delivery its 30 s retry.
 *
 * All instants are computed from the delivery's values, jitter included, so every node computes the same
 * ones, also after a restart. This file has no clock: `now` is a parameter.
 */
import { AppError } from "../error.ts";
import type { Instant } from "../snapshot.ts";

export type RetrySchedule =
  | {
      readonly kind: "slots";
      /** Offsets from accept; rising, the first 0, the last equal to `deadlineMs`. */
      readonly offsetsMs: readonly number[];
      readonly deadlineMs: number;
    }
  | {
      readonly kind: "waits";
      /** Waits between the end of an attempt and the next one; one fewer than there are slots. */
      readonly waitsMs: readonly number[];
      readonly deadlineMs: number;
    };

export type NextSlot = {
  readonly slot: number;
  /** In the past when the last slot is late: the delivery is then due at once. */
  readonly dueAt: Instant;
  /** Skipped slots, which are named in the delivery's log. */
  readonly skipped: readonly number[];
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Jitter of steps beyond a minute, either way: "in about 6 h" stays true. */
const JITTER_SHARE = 0.2;
/** Steps up to this length get 0–100 % added instead, and are too short to mend a blocked address. */
const SHORT_STEP_MS = MINUTE;
/** Longest `Retry-After` that is applied. */
const RETRY_AFTER_LIMIT_MS = 6 * HOUR;

/** The deadline of every schedule (I6). */
export const DEADLINE_MS = 72 * HOUR;

/** The schedule of Zipwhip and native deliveries: 22 attempts, eight of them in the first hour. */
export const EXPONENTIAL_72_HOURS: RetrySchedule = {
  kind: "slots",
  offsetsMs: [
    0,
    5 * SECOND,
    20 * SECOND,
    MINUTE + 5 * SECOND,
    3 * MINUTE + 5 * SECOND,
    8 * MINUTE + 5 * SECOND,
    23 * MINUTE + 5 * SECOND,
    53 * MINUTE + 5 * SECOND,
    // These are at 53 minutes and 5 seconds past the hours listed, at the end every six hours.
    ...[1, 3, 7, 13, 19, 25, 31, 37, 43, 49, 55, 61, 67].map(
      (hours) => hours * HOUR + 53 * MINUTE + 5 * SECOND,
    ),
    DEADLINE_MS,
  ],
  deadlineMs: DEADLINE_MS,
};

/** Sendblue documents at most 3 retries and no delays (docs/dialects/sendblue.md). */
export const SENDBLUE_SCHEDULE: RetrySchedule = {
  kind: "waits",
  waitsMs: [30 * SECOND, 2 * MINUTE, 10 * MINUTE],
  deadlineMs: DEADLINE_MS,
};

/** "5 retry attempts with exponential backoff", read as one attempt and five more. */
export const CHIRP_SCHEDULE: RetrySchedule = {
  kind: "waits",
  waitsMs: [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
  deadlineMs: DEADLINE_MS,
};

export const CUSTOM_WAITS = { most: 30, minMs: SECOND, maxMs: 24 * HOUR } as const;

/**
 * Returns the schedule of an endpoint's waits. Refuses with `invalid_field` waits outside `CUSTOM_WAITS` or
 * 72 hours.
 */
export function customSchedule(waitsMs: readonly number[]): RetrySchedule {
  const { most, minMs, maxMs } = CUSTOM_WAITS;
  const refuse = (what: string) => new AppError("invalid_field", `The retry schedule ${what}.`);
  if (waitsMs.length > most)
    throw refuse(`has ${waitsMs.length} steps; at most ${most} are allowed`);
  for (const wait of waitsMs) {
    if (Number.isInteger(wait) && wait >= minMs && wait <= maxMs) continue;
    throw refuse(
      `has a step of ${wait} ms; a step must be a whole number from ${minMs} to ${maxMs}`,
    );
  }
  const total = waitsMs.reduce((sum, wait) => sum + wait, 0);
  if (total > DEADLINE_MS)
    throw refuse(
      `takes ${total} ms in total; at most ${DEADLINE_MS} (${DEADLINE_MS / HOUR} h) are allowed`,
    );
  return { kind: "waits", waitsMs: [...waitsMs], deadlineMs: DEADLINE_MS };
}

export function slotCount(schedule: RetrySchedule): number {
  return schedule.kind === "slots" ? schedule.offsetsMs.length : schedule.waitsMs.length + 1;
}

export function deadlineAt(schedule: RetrySchedule, baseAt: Instant): Instant {
  return baseAt + schedule.deadlineMs;
}

/**
 * Returns the due time of `slot` for a delivery accepted at `baseAt`. For `waits` it is the earliest time, as
 * if attempts took no time. Slot 1 is due at once. `seed` is the delivery's id.
 */
export function slotAt(given: {
  schedule: RetrySchedule;
  baseAt: Instant;
  slot: number;
  seed: string;
}): Instant {
  const { schedule, baseAt, slot, seed } = given;
  const offset = toOffset(schedule, slot);
  // The last slot of the 72 hours is the deadline itself, without jitter.
  if (offset >= schedule.deadlineMs) return deadlineAt(schedule, baseAt);
  const at = baseAt + offset + jitter(stepBefore(schedule, slot), seed, slot);
  return Math.min(at, deadlineAt(schedule, baseAt));
}

/**
 * Returns the slot after `slot`, whose attempt has just ended at `now`; null after the last slot.
 *
 * `retryAfterMs`, the delay that the receiver asked for, can only postpone. It applies up to 6 hours and up
 * to the deadline; slots before its end are skipped. `longStepsOnly` skips steps of up to a minute. A clock
 * that stepped back affects only `waits`, which are counted from it.
 */
export function nextSlot(given: {
  schedule: RetrySchedule;
  baseAt: Instant;
  slot: number;
  now: Instant;
  seed: string;
  retryAfterMs?: number | null;
  longStepsOnly?: boolean;
}): NextSlot | null {
  const { schedule, baseAt, now, seed } = given;
  const last = slotCount(schedule);
  const deadline = deadlineAt(schedule, baseAt);
  if (given.slot >= last) return null;
  // Only the last of the slots may be after the deadline; no wait may.
  if (schedule.kind === "waits" && now >= deadline) return null;

  const toDueAt = (slot: number) =>
    schedule.kind === "slots"
      ? slotAt({ schedule, baseAt, slot, seed })
      : now + jittered(stepBefore(schedule, slot), seed, slot);
  const isUsable = (slot: number, dueAt: Instant) =>
    dueAt >= now && !(given.longStepsOnly && stepBefore(schedule, slot) <= SHORT_STEP_MS);

  const skipped: number[] = [];
  let slot = given.slot + 1;
  let dueAt = toDueAt(slot);
  while (slot < last && !isUsable(slot, dueAt)) {
    skipped.push(slot++);
    dueAt = toDueAt(slot);
  }

  const requestedAt = Math.min(
    now + Math.min(given.retryAfterMs ?? 0, RETRY_AFTER_LIMIT_MS),
    deadline,
  );
  if (requestedAt > dueAt) {
    dueAt = requestedAt;
    while (schedule.kind === "slots" && slot < last && toDueAt(slot + 1) <= requestedAt) {
      skipped.push(slot++);
    }
  }
  return { slot, dueAt: Math.min(dueAt, deadline), skipped };
}

/**
 * Returns the same slot again after a 429 with a delay, so that a receiver that spreads its load loses no
 * promised retry. It is due at the earliest after the requested delay and after the next step. Null beyond
 * the deadline. `slots` do not need this: an early request does not use up fixed instants.
 */
export function sameSlotLater(given: {
  schedule: Extract<RetrySchedule, { kind: "waits" }>;
  baseAt: Instant;
  slot: number;
  now: Instant;
  seed: string;
  retryAfterMs: number;
}): NextSlot | null {
  const { schedule, slot, now, seed } = given;
  const deadline = deadlineAt(schedule, given.baseAt);
  if (now >= deadline) return null;
  const step = stepBefore(schedule, Math.min(slot + 1, slotCount(schedule)));
  const waitMs = Math.max(Math.min(given.retryAfterMs, RETRY_AFTER_LIMIT_MS), step);
  const dueAt = now + waitMs + jitter(Math.min(step, SHORT_STEP_MS), seed, slot);
  return { slot, dueAt: Math.min(dueAt, deadline), skipped: [] };
}

function toOffset(schedule: RetrySchedule, slot: number): number {
  if (!Number.isInteger(slot) || slot < 1 || slot > slotCount(schedule)) {
    throw new RangeError(`there is no slot ${slot}; this schedule has ${slotCount(schedule)}`);
  }
  if (schedule.kind === "slots") return schedule.offsetsMs[slot - 1] as number;
  return schedule.waitsMs.slice(0, slot - 1).reduce((sum, wait) => sum + wait, 0);
}

function stepBefore(schedule: RetrySchedule, slot: number): number {
  return slot === 1 ? 0 : toOffset(schedule, slot) - toOffset(schedule, slot - 1);
}

function jittered(stepMs: number, seed: string, slot: number): number {
  return stepMs + jitter(stepMs, seed, slot);
}

function jitter(stepMs: number, seed: string, slot: number): number {
  const share = fraction(`${seed}:${slot}`);
  if (stepMs <= SHORT_STEP_MS) return Math.floor(share * stepMs);
  return Math.round((share * 2 - 1) * JITTER_SHARE * stepMs);
}

/**
 * Returns a number from 0 up to 1, always the same for a text: FNV-1a with Murmur's final mix, since ids
 * differ in few bits.
 */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
