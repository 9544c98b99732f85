/**
 * The health of an endpoint decides whether it stays enabled. A native endpoint is disabled after days
 * without a success, with a warning a day before, or after two 410s some minutes apart. Zipwhip, Sendblue and
 * Chirp endpoints never are: their policies say so. Health changes rarely: a success with clean health, and a
 * further failure in a known run of failures, write nothing.
 */
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { believedStatus, isAccepted, isServerFault } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Instant } from "../snapshot.ts";

export type EndpointHealth = {
  /** Time of the first failure since the last success. */
  readonly failingSince: Instant | null;
  /** Time of the first 410 since the last success. */
  readonly firstGoneAt: Instant | null;
  /** Time of the warning that the endpoint is about to be disabled. */
  readonly warnedAt: Instant | null;
};

/** The health of a new endpoint and of an endpoint that was enabled again. */
export const CLEAN_HEALTH: EndpointHealth = {
  failingSince: null,
  firstGoneAt: null,
  warnedAt: null,
};

export type HealthChange = {
  readonly health: EndpointHealth;
  /** False when there is nothing to write. */
  readonly changed: boolean;
} & (
  | { readonly action: "none" | "warn" }
  | { readonly action: "disable"; readonly reason: "failing" | "gone" }
);

/** One stray 410, from a load balancer during a deploy, must not disable a receiver. */
const GONE_APART_MS = 5 * 60_000;
const WARNING_LEAD_MS = 24 * 3_600_000;

/**
 * Judges each attempt once, at its end. The warning always comes first, and the endpoint is disabled at the
 * earliest one warning period later. An endpoint with little traffic that is already past its time is
 * therefore warned first.
 */
export function healthAfter(
  health: EndpointHealth,
  outcome: Outcome,
  policy: DeliveryPolicy,
  now: Instant,
): HealthChange {
  if (isServerFault(outcome)) return { health, changed: false, action: "none" };
  if (isAccepted(outcome)) {
    return { health: CLEAN_HEALTH, changed: !isClean(health), action: "none" };
  }

  const failing = { ...health, failingSince: health.failingSince ?? now };
  if (isGone(outcome) && policy.goneDisables) failing.firstGoneAt ??= now;
  if (isGone(outcome) && isGoneForGood(failing, now)) {
    return { health: failing, changed: true, action: "disable", reason: "gone" };
  }
  if (isPastPatience(failing, policy, now)) {
    return { health: failing, changed: true, action: "disable", reason: "failing" };
  }
  if (isDueForWarning(failing, policy, now)) {
    return { health: { ...failing, warnedAt: now }, changed: true, action: "warn" };
  }
  const changed =
    failing.failingSince !== health.failingSince || failing.firstGoneAt !== health.firstGoneAt;
  return { health: changed ? failing : health, changed, action: "none" };
}

function isClean({ failingSince, firstGoneAt, warnedAt }: EndpointHealth): boolean {
  return failingSince === null && firstGoneAt === null && warnedAt === null;
}

function isGone(outcome: Outcome): boolean {
  return believedStatus(outcome) === 410;
}

function isGoneForGood({ firstGoneAt }: EndpointHealth, now: Instant): boolean {
  return firstGoneAt !== null && now - firstGoneAt >= GONE_APART_MS;
}

function isPastPatience(health: EndpointHealth, policy: DeliveryPolicy, now: Instant): boolean {
  const { failingSince, warnedAt } = health;
  if (policy.disableAfterMs === 0 || failingSince === null || warnedAt === null) return false;
  return now - failingSince >= policy.disableAfterMs && now - warnedAt >= warningLeadMs(policy);
}

function isDueForWarning(health: EndpointHealth, policy: DeliveryPolicy, now: Instant): boolean {
  const { failingSince, warnedAt } = health;
  if (policy.disableAfterMs === 0 || failingSince === null || warnedAt !== null) return false;
  return now - failingSince >= policy.disableAfterMs - warningLeadMs(policy);
}

/** A day, or half the disable period when that is less than two days. */
export function warningLeadMs({ disableAfterMs }: DeliveryPolicy): number {
  return Math.min(WARNING_LEAD_MS, disableAfterMs / 2);
}
