/** The operational events of an attempt; the store creates them with the outcome. */
import type { AfterAttempt } from "../core/delivery/after-attempt.ts";
import type { HealthChange } from "../core/delivery/endpoint-health.ts";
import { attemptTurn, OPERATOR_APP_ID } from "../core/events/operational-events.ts";
import type { AttemptNote } from "../core/events/operational-events.ts";

/**
 * Most attempts have no operational event, and the result then has no member. Attempts at the operator's
 * endpoints never have one.
 */
export function toOperationalEvents(p: {
  readonly appId: string;
  /** Number of attempts before this one. */
  readonly attempts: number;
  readonly statusCode: number;
  readonly after: AfterAttempt;
  readonly health: HealthChange;
}): { readonly operationalEvents?: readonly AttemptNote[] } {
  const { after, health } = p;
  if (p.appId === OPERATOR_APP_ID || after.state === "unchanged") return {};
  const turn = attemptTurn({
    attempts: p.attempts,
    state: after.state,
    statusCode: p.statusCode,
  });
  if (turn === null && health.action !== "warn") return {};
  const operationalEvents: AttemptNote[] = turn === null ? [] : [{ type: turn }];
  if (health.action === "warn") {
    operationalEvents.push({ type: "endpoint.failing", failingSince: health.health.failingSince });
  }
  return { operationalEvents };
}
