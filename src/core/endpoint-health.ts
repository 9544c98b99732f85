/**
 * Whether an endpoint is still worth sending to. A native endpoint is disabled after days of nothing
 * but failures, with a warning a day before, or when it says 410 twice some minutes apart; Zipwhip,
 * Sendblue and Chirp endpoints never are: their policies say so. Health changes at turning points
 * only, so a success with clean health, and a failure in a known row of failures, writes nothing.
 */
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { believedStatus, isAccepted, isOurFault } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Instant } from "./snapshot.ts";

export type EndpointHealth = {
  /** The first failure since the last success. */
  readonly failingSince: Instant | null;
  /** The first 410 since the last success. */
  readonly firstGoneAt: Instant | null;
  /** When the app was told that the endpoint is about to be disabled. */
  readonly warnedAt: Instant | null;
};

/** A new endpoint's health, and that of one enabled again. */
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

/** One stray 410, of a load balancer in a deploy, must not silence a receiver. */
const GONE_APART_MS = 5 * 60_000;
const WARNING_LEAD_MS = 24 * 3_600_000;

/**
 * Judged once for each attempt, at its end. The warning always comes first, and disabling no sooner
 * than the lead after it: an endpoint with little traffic that is found past its time is warned then.
 */
export function healthAfter(
  health: EndpointHealth,
  outcome: Outcome,
  policy: DeliveryPolicy,
  now: Instant,
): HealthChange {
  if (isOurFault(outcome)) return { health, changed: false, action: "none" };
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

/** A day, or half the patience where that is less than two days. */
function warningLeadMs({ disableAfterMs }: DeliveryPolicy): number {
  return Math.min(WARNING_LEAD_MS, disableAfterMs / 2);
}
