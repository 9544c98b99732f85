/**
 * How each dialect delivers, as data: the table "Policies per dialect" of the design. Whoever sends,
 * retries or judges an endpoint reads a policy and knows no dialect.
 */
import {
  CHIRP_SCHEDULE,
  customSchedule,
  EXPONENTIAL_72_HOURS,
  SENDBLUE_SCHEDULE,
} from "./retry-schedule.ts";
import type { RetrySchedule } from "./retry-schedule.ts";
import type { Dialect } from "./snapshot.ts";

/**
 * - `http_or_https`: as given;
 * - `upgraded_to_https`: http is rewritten when the endpoint is made;
 * - `https_only`: http is refused;
 * - `https_unless_allowed`: http is refused unless the server's setting allows it.
 */
export type UrlRule = "http_or_https" | "upgraded_to_https" | "https_only" | "https_unless_allowed";

export type DeliveryPolicy = {
  /** The overall deadline of one attempt. */
  readonly timeoutMs: number;
  /** What an endpoint may choose instead; null when the dialect knows no such choice. */
  readonly timeoutRangeMs: { readonly min: number; readonly max: number } | null;
  readonly schedule: RetrySchedule;
  /** An endpoint may have a schedule of its own. */
  readonly canOverrideSchedule: boolean;
  /** A 4xx ends the delivery, but for the ones that ask to come again (`isFinalRefusal`). */
  readonly finalOn4xx: boolean;
  /** A second 410 some minutes after the first disables the endpoint. */
  readonly goneDisables: boolean;
  /** Nothing but failures for this long disables the endpoint; 0 is never. */
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

/** What the server's operator may set otherwise than `DELIVERY_POLICIES` has it. */
export type PolicySettings = {
  /** Nothing but failures for this long disables a native endpoint; 0 is never. */
  readonly disableAfterMs: number;
  /** Before each retry. */
  readonly sendblueWaitsMs: readonly number[];
  readonly sendblueRetry4xx: "no" | "yes";
  /** Before each retry. */
  readonly chirpWaitsMs: readonly number[];
};

/** Request Timeout, Too Early and Too Many Requests say "later", never "no". */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether the status ends the delivery for good under this policy. */
export function isFinalRefusal(policy: DeliveryPolicy, status: number): boolean {
  return policy.finalOn4xx && status >= 400 && status <= 499 && !PASSING_REFUSALS.has(status);
}

/**
 * The dialect's policy with what the endpoint chose and the server's settings say. A choice that the
 * dialect does not offer is left out, and a timeout is brought into its range: the row was checked
 * when it was written, and sending must go on if a range has changed since. Refuses waits that
 * `customSchedule` refuses.
 */
export function policyFor(given: {
  dialect: Dialect;
  /** The endpoint's own choices; null or absent is the dialect's. */
  timeoutMs?: number | null;
  retryWaitsMs?: readonly number[] | null;
  /** What is left out is as in the table. */
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
