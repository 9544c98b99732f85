/** When an endpoint that keeps failing is disabled. */
import type { Instant } from "../snapshot.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { warningLeadMs, type EndpointHealth } from "./endpoint-health.ts";

/** The earliest time, if every attempt until then fails; null when it does not fail or is never disabled. */
export function disablesAt(health: EndpointHealth, policy: DeliveryPolicy): Instant | null {
  const { failingSince, warnedAt } = health;
  if (policy.disableAfterMs === 0 || failingSince === null) return null;
  const patienceEnds = failingSince + policy.disableAfterMs;
  return warnedAt === null
    ? patienceEnds
    : Math.max(patienceEnds, warnedAt + warningLeadMs(policy));
}
