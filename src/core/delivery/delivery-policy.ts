/**
 * How each dialect delivers, as data. Code that sends, retries or judges an endpoint reads a policy and does
 * not know the dialect.
 */
import {
  CHIRP_SCHEDULE,
  customSchedule,
  EXPONENTIAL_72_HOURS,
  SENDBLUE_SCHEDULE,
} from "./retry-schedule.ts";
import type { RetrySchedule } from "./retry-schedule.ts";
import type { Dialect } from "../snapshot.ts";

/**
 * - `http_or_https`: as given;
 * - `upgraded_to_https`: http is rewritten when the endpoint is created;
 * - `https_only`: http is refused;
 * - `https_unless_allowed`: http is refused unless the server's setting allows it.
 */
export type UrlRule = "http_or_https" | "upgraded_to_https" | "https_only" | "https_unless_allowed";

export type DeliveryPolicy = {
  /** The overall deadline of one attempt. */
  readonly timeoutMs: number;
  /** The range that an endpoint may choose from; null when the dialect offers no choice. */
  readonly timeoutRangeMs: { readonly min: number; readonly max: number } | null;
  readonly schedule: RetrySchedule;
  /** An endpoint may have its own schedule. */
  readonly canOverrideSchedule: boolean;
  /** A 4xx ends the delivery, except one that asks for a later retry (`isFinalRefusal`). */
  readonly finalOn4xx: boolean;
  /** A second 410 some minutes after the first disables the endpoint. */
  readonly goneDisables: boolean;
  /** The endpoint is disabled after failing without a success for this long; 0 never disables it. */
  readonly disableAfterMs: number;
  readonly urlRule: UrlRule;
};

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

export const DELIVERY_POLICIES = {
  svix: {
    timeoutMs: 15 * SECOND,
    timeoutRangeMs: { min: SECOND, max: 30 * SECOND },
    schedule: EXPONENTIAL_72_HOURS,
    canOverrideSchedule: true,
    finalOn4xx: false,
    goneDisables: true,
    disableAfterMs: 5 * DAY,
    urlRule: "https_unless_allowed",
  },
  zipwhip: {
    timeoutMs: 7 * SECOND,
    timeoutRangeMs: null,
    schedule: EXPONENTIAL_72_HOURS,
    canOverrideSchedule: false,
    finalOn4xx: false,
    goneDisables: false,
    disableAfterMs: 0,
    urlRule: "http_or_https",
  },
  sendblue: {
    timeoutMs: 45 * SECOND,
    timeoutRangeMs: null,
    schedule: SENDBLUE_SCHEDULE,
    canOverrideSchedule: false,
    finalOn4xx: false,
    goneDisables: false,
    disableAfterMs: 0,
    urlRule: "upgraded_to_https",
  },
  chirp: {
    timeoutMs: 5 * SECOND,
    timeoutRangeMs: null,
    schedule: CHIRP_SCHEDULE,
    canOverrideSchedule: false,
    finalOn4xx: false,
    goneDisables: false,
    disableAfterMs: 0,
    urlRule: "https_only",
  },
} as const satisfies Record<Dialect, DeliveryPolicy>;

/** The parts of `DELIVERY_POLICIES` that the server's operator may change. */
export type PolicySettings = {
  /** A native endpoint is disabled after failing without a success for this long; 0 never disables it. */
  readonly disableAfterMs: number;
  /** Waits before each retry. */
  readonly sendblueWaitsMs: readonly number[];
  readonly sendblueRetry4xx: "no" | "yes";
  /** Waits before each retry. */
  readonly chirpWaitsMs: readonly number[];
};

/** Request Timeout, Too Early and Too Many Requests ask for a later retry; they are never final. */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([408, 425, 429]);

/** Returns whether the status ends the delivery for good under this policy. */
export function isFinalRefusal(policy: DeliveryPolicy, status: number): boolean {
  return policy.finalOn4xx && status >= 400 && status <= 499 && !PASSING_REFUSALS.has(status);
}

/**
 * Returns the dialect's policy with the endpoint's choices and the server's settings. A choice that the
 * dialect does not offer is ignored, and a timeout is brought into its range. The row was checked when it was
 * written, and sending must continue if a range has changed since. Refuses waits that `customSchedule`
 * refuses.
 */
export function policyFor(given: {
  dialect: Dialect;
  /** The endpoint's choices; null or absent is the dialect's value. */
  timeoutMs?: number | null;
  retryWaitsMs?: readonly number[] | null;
  /** A missing setting keeps the value of the table. */
  settings?: Partial<PolicySettings>;
}): DeliveryPolicy {
  const policy = dialectPolicy(given.dialect, given.settings ?? {});
  const { timeoutRangeMs: range } = policy;
  const { timeoutMs, retryWaitsMs } = given;
  return {
    ...policy,
    timeoutMs:
      range === null || timeoutMs === null || timeoutMs === undefined
        ? policy.timeoutMs
        : Math.min(Math.max(timeoutMs, range.min), range.max),
    schedule:
      policy.canOverrideSchedule && retryWaitsMs ? customSchedule(retryWaitsMs) : policy.schedule,
  };
}

function dialectPolicy(dialect: Dialect, settings: Partial<PolicySettings>): DeliveryPolicy {
  const policy: DeliveryPolicy = DELIVERY_POLICIES[dialect];
  const { disableAfterMs, sendblueWaitsMs, sendblueRetry4xx, chirpWaitsMs } = settings;
  switch (dialect) {
    case "svix":
      return { ...policy, disableAfterMs: disableAfterMs ?? policy.disableAfterMs };
    case "sendblue":
      return {
        ...policy,
        schedule: sendblueWaitsMs ? customSchedule(sendblueWaitsMs) : policy.schedule,
        finalOn4xx: sendblueRetry4xx === undefined ? policy.finalOn4xx : sendblueRetry4xx === "no",
      };
    case "chirp":
      return { ...policy, schedule: chirpWaitsMs ? customSchedule(chirpWaitsMs) : policy.schedule };
    case "zipwhip":
      return policy;
  }
}
