/** Log lines and metrics of an attempt and its effects on its delivery, its endpoint and the breaker. */
import type { BreakerChange } from "../../core/delivery/breaker.ts";
import type { Outcome } from "../../core/delivery/outcome.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import {
  attemptFinished,
  attemptNotMade,
  breakerClosed,
  breakerOpened,
  deliveryExhausted,
  endpointWarned,
  probeMade,
  slotsSkipped,
  targetBlocked,
  type Telemetry,
} from "../../telemetry/events.ts";
import type { LoadedEndpoint } from "../lane/endpoint-loader.ts";
import type { Judged } from "./attempt.ts";

export function reportAttempt(
  telemetry: Telemetry,
  p: {
    delivery: LeasedDelivery;
    loaded: LoadedEndpoint;
    isProbe: boolean;
    outcome: Outcome;
    judged: Judged;
    now: Instant;
  },
): void {
  if (p.judged.after.state === "unchanged") reportNotMade(telemetry, p);
  else reportFinished(telemetry, p);
  if (p.judged.breaker !== null) reportBreaker(telemetry, p, p.judged.breaker);
}

type Reported = Parameters<typeof reportAttempt>[1];

function reportNotMade(telemetry: Telemetry, { delivery, loaded, outcome }: Reported): void {
  if (outcome.kind !== "failed" || outcome.reason !== "internal") return;
  const { endpointId } = loaded.endpoint;
  const { eventId } = delivery.snapshot;
  const cause = outcome.operatorHint ?? outcome.detail;
  attemptNotMade(telemetry, { endpointId, eventId, cause });
}

function reportFinished(telemetry: Telemetry, p: Reported): void {
  const { delivery, loaded, outcome } = p;
  const { after, health } = p.judged;
  const { endpointId, dialect } = loaded.endpoint;
  const { eventId } = delivery.snapshot;
  const attempt = delivery.attempts + 1;
  const isFirst = attempt === 1 && delivery.trigger === "scheduled";
  const latencyMs = isFirst ? p.now - delivery.baseAt : null;
  attemptFinished(telemetry, { endpointId, dialect, eventId, attempt, outcome, latencyMs });
  if (after.state === "pending" && after.skipped.length > 0) {
    slotsSkipped(telemetry, { endpointId, dialect, eventId, slots: after.skipped });
  }
  if (after.state === "failed") {
    const { reason } = after;
    deliveryExhausted(telemetry, { endpointId, dialect, eventId, attempts: attempt, reason });
  }
  if (health.action === "warn") endpointWarned(telemetry, { endpointId, dialect });
  if (outcome.kind === "failed" && outcome.reason === "blocked" && health.changed) {
    targetBlocked(telemetry, { endpointId, dialect, operatorHint: outcome.operatorHint });
  }
}

function reportBreaker(
  telemetry: Telemetry,
  { loaded, isProbe }: Reported,
  { state, turn }: BreakerChange,
): void {
  const { endpointId, dialect } = loaded.endpoint;
  const { open } = state;
  if (isProbe) probeMade(telemetry, { endpointId, dialect, turn });
  if (turn === "closed") breakerClosed(telemetry, { endpointId, dialect });
  if (turn === "opened" && open !== null) {
    breakerOpened(telemetry, { endpointId, dialect, probeAt: open.probeAt });
  }
}
