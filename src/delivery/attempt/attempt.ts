/**
 * One attempt without the sending itself: it builds the request and judges its outcome for the delivery and
 * the endpoint. Pure except for the key objects inside the loaded endpoint.
 */
import {
  breakerAfter,
  breakerOfProbe,
  CLEAN_BREAKER,
  type BreakerChange,
  type BreakerState,
} from "../../core/delivery/breaker.ts";
import { afterAttempt, type AfterAttempt } from "../../core/delivery/after-attempt.ts";
import {
  healthAfter,
  type EndpointHealth,
  type HealthChange,
} from "../../core/delivery/endpoint-health.ts";
import { isAccepted, type Outcome } from "../../core/delivery/outcome.ts";
import type { Rendered } from "../../core/events/rendered.ts";
import type { Instant, Snapshot } from "../../core/snapshot.ts";
import type { SendRequest } from "../../net/send.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { AttemptRow, RecordedOutcome } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import { requestHeaders } from "./headers.ts";
import { postponed } from "./postpone.ts";
import type { LoadedEndpoint } from "../lane/endpoint-loader.ts";
import { toOperationalEvents } from "../operational-events.ts";

/**
 * The dialect's renderer, chosen by the endpoint. Pure; throws for a snapshot that the dialect never sends.
 */
export type Render = (snapshot: Snapshot, endpoint: Endpoint, webhookIndex: number) => Rendered;

/**
 * Throws when the delivery cannot be rendered or signed, which is a fault of the server, not of the receiver.
 */
export function buildRequest(p: {
  delivery: Pick<LeasedDelivery, "snapshot" | "webhookIndex" | "attempts" | "trigger">;
  loaded: LoadedEndpoint;
  render: Render;
  userAgent: string;
  now: Instant;
}): SendRequest {
  const { delivery, now } = p;
  const { endpoint, policy, authentication, tls } = p.loaded;
  const rendered = p.render(delivery.snapshot, endpoint, delivery.webhookIndex);
  return {
    // The query stays separate until sending, so that only the endpoint's URL is ever kept or stored (I10).
    url: endpoint.url,
    query: rendered.query,
    method: endpoint.method,
    body: rendered.body,
    deadlineMs: policy.timeoutMs,
    tlsMinVersion: endpoint.tlsMinVersion,
    tls,
    isRetry: delivery.attempts > 0,
    headers: requestHeaders({
      rendered,
      authentication,
      isReplay: delivery.trigger === "manual",
      userAgent: p.userAgent,
      now,
    }),
  };
}

export type Judged = {
  readonly after: AfterAttempt;
  readonly health: HealthChange;
  /** Null when the breaker does not change. */
  readonly breaker: BreakerChange | null;
  readonly recorded: RecordedOutcome;
};

export function judge(p: {
  delivery: LeasedDelivery;
  loaded: LoadedEndpoint;
  health: EndpointHealth;
  breaker: BreakerState;
  isProbe: boolean;
  attemptId: string;
  startedAt: Instant;
  now: Instant;
  outcome: Outcome;
  /** The part of the answer that is stored. */
  answer: string;
  /** How the attempt went on the wire, as it is stored. */
  detail: string | null;
}): Judged {
  const { delivery, outcome, now } = p;
  const { endpoint, policy } = p.loaded;
  const { deliveryId, slot, baseAt } = delivery;
  const after = afterAttempt({
    delivery: { slot, baseAt, seed: `${deliveryId}` },
    policy,
    outcome,
    now,
  });
  const health = healthAfter(p.health, outcome, policy, now);
  const breaker = judgeBreaker(p);
  const turned = breaker === null || breaker.turn === null ? null : { breaker: breaker.state.open };
  if (after.state === "unchanged") {
    const recorded = { ...postponed(delivery, after.retryAt), ...turned };
    return { after, health, breaker, recorded };
  }
  return {
    after,
    health,
    breaker,
    recorded: {
      deliveryId,
      endpointId: delivery.endpointId,
      shard: delivery.shard,
      fence: delivery.fence,
      attempt: attemptRow(p, endpoint.url),
      next:
        after.state === "pending"
          ? { state: "pending", slot: after.slot, dueAt: after.dueAt }
          : after,
      health: health.changed ? health.health : null,
      ...turned,
      ...toOperationalEvents({
        appId: endpoint.appId,
        attempts: delivery.attempts,
        statusCode: outcome.kind === "response" ? outcome.status : 0,
        after,
        health,
      }),
    },
  };
}

/** A success of a healthy endpoint, by far the most frequent case, allocates no object. */
function judgeBreaker(p: Parameters<typeof judge>[0]): BreakerChange | null {
  const { outcome, isProbe, now } = p;
  if (p.breaker === CLEAN_BREAKER && !isProbe && isAccepted(outcome)) return null;
  const before = isProbe ? breakerOfProbe(p.breaker, now) : p.breaker;
  const { policy } = p.loaded;
  const { deliveryId } = p.delivery;
  return breakerAfter(before, { outcome, policy, deliveryId, isProbe, now });
}

function attemptRow(
  p: Pick<
    Parameters<typeof judge>[0],
    "delivery" | "attemptId" | "startedAt" | "outcome" | "answer" | "detail"
  >,
  url: string,
): AttemptRow {
  const { outcome } = p;
  const isResponse = outcome.kind === "response";
  return {
    id: p.attemptId,
    at: p.startedAt,
    durationMs: Math.round(outcome.durationMs),
    url,
    statusCode: isResponse ? outcome.status : 0,
    response: p.answer,
    reason: isResponse ? null : outcome.reason,
    succeeded: isAccepted(outcome),
    trigger: p.delivery.trigger,
    isResent: outcome.isResent === true,
    detail: p.detail,
  };
}
