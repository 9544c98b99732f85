/**
 * One attempt, apart from the sending itself: the request that goes out, and what its outcome means
 * for the delivery and the endpoint. Pure but for the key objects inside the opened endpoint.
 */
import { afterAttempt } from "../core/after-attempt.ts";
import type { AfterAttempt } from "../core/after-attempt.ts";
import { healthAfter } from "../core/endpoint-health.ts";
import type { EndpointHealth, HealthChange } from "../core/endpoint-health.ts";
import { isAccepted } from "../core/outcome.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Rendered } from "../core/rendered.ts";
import type { Instant, Snapshot } from "../core/snapshot.ts";
import type { SendRequest } from "../net/send.ts";
import type { Endpoint } from "../store/endpoints.ts";
import type { AttemptRow, LeasedDelivery, RecordedOutcome } from "../store/queue.ts";
import { requestHeaders } from "./headers.ts";
import type { OpenedEndpoint } from "./opened-endpoint.ts";

/** The dialect's renderer, chosen by the endpoint; pure, and throws for what it never sends. */
export type Render = (snapshot: Snapshot, endpoint: Endpoint, part: number) => Rendered;

/** What is kept of a response. Sixteen times this is read; an error page tells all in its first lines. */
const RESPONSE_KEPT_CHARACTERS = 4096;

/** Throws when it cannot be rendered or signed: our own fault, not the receiver's. */
export function buildRequest(p: {
  delivery: LeasedDelivery;
  opened: OpenedEndpoint;
  render: Render;
  userAgent: string;
  now: Instant;
}): SendRequest {
  const { delivery, now } = p;
  const { endpoint, policy, authentication } = p.opened;
  const rendered = p.render(delivery.snapshot, endpoint, delivery.part);
  return {
    url: rendered.query === null ? endpoint.url : withQuery(endpoint.url, rendered.query),
    method: endpoint.method,
    body: rendered.body,
    deadlineMs: policy.timeoutMs,
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
  readonly recorded: RecordedOutcome;
};

export function judge(p: {
  delivery: LeasedDelivery;
  opened: OpenedEndpoint;
  health: EndpointHealth;
  attemptId: string;
  startedAt: Instant;
  now: Instant;
  outcome: Outcome;
}): Judged {
  const { delivery, outcome, now } = p;
  const { endpoint, policy } = p.opened;
  const { deliveryId, slot, baseAt } = delivery;
  const after = afterAttempt({
    delivery: { slot, baseAt, seed: `${deliveryId}` },
    policy,
    outcome,
    now,
  });
  const health = healthAfter(p.health, outcome, policy, now);
  if (after.state === "unchanged") {
    return { after, health, recorded: postponed(delivery, after.retryAt) };
  }
  return {
    after,
    health,
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
    },
  };
}

/** The same slot again later, with no attempt used up (I7). */
export function postponed(delivery: LeasedDelivery, dueAt: Instant): RecordedOutcome {
  const { deliveryId, endpointId, shard, fence, slot } = delivery;
  const next = { state: "pending", slot, dueAt } as const;
  return { deliveryId, endpointId, shard, fence, attempt: null, next, health: null };
}

function attemptRow(
  p: { delivery: LeasedDelivery; attemptId: string; startedAt: Instant; outcome: Outcome },
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
    response: (isResponse ? outcome.body : outcome.detail).slice(0, RESPONSE_KEPT_CHARACTERS),
    reason: isResponse ? null : outcome.reason,
    succeeded: isAccepted(outcome),
    trigger: p.delivery.trigger,
  };
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}
