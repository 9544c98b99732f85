/** What of an attempt the operator's endpoints are told; the store makes the events with the outcome. */
import type { AfterAttempt } from "../core/after-attempt.ts";
import type { HealthChange } from "../core/endpoint-health.ts";
import { attemptTurn, OPERATOR_APP_ID } from "../core/operational-events.ts";
import type { AttemptNote } from "../core/operational-events.ts";

/** Most attempts tell nothing, and leave no member behind. The operator's own endpoints never do. */
export function toOperationalEvents(p: {
  readonly appId: string;
  /** Before this one. */
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
