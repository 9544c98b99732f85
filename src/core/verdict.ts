/**
 * The verdict of a cell: the state of an event at one endpoint, and the reason. A cell with a delivery is judged
 * by the delivery and by the present state of its endpoint. A cell without one is judged by the rules of
 * matching against the endpoint as it is now.
 */
import type { EndpointStatus } from "./events/endpoint-match.ts";
import type { Unwanted } from "./events/match.ts";
import type { Instant } from "./snapshot.ts";

/**
 * In the order of attention: the first of several verdicts is the one that a text shows. Events that an endpoint
 * does not ask for are last.
 */
export const VERDICT_KINDS = [
  "failed_exhausted",
  "failed_final",
  "backlog_full",
  "damaged",
  "expired",
  "expunged",
  "parked_disabled",
  "breaker_open",
  "parked_paused",
  "asked_to_wait",
  "rate_limited",
  "behind_key",
  "due",
  "sending",
  "disabled",
  "cancelled",
  "delivered",
  "made_later",
  "changed_since",
  "filtered",
  "other_type",
  "other_channel",
  "other_tag",
  "other_line",
  "other_endpoint",
  "historical",
  "stale",
  "already_notified",
  "no_such_event",
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];

/** Answers have ISO strings as times. */
export type Verdict<Time = Instant> = {
  readonly kind: VerdictKind;
  /** When it became so: the end of the delivery, the opening of the breaker. */
  readonly since?: Time | undefined;
  /** The next attempt or probe. */
  readonly nextAt?: Time | undefined;
  /** The status of the latest attempt; 0 without an answer. */
  readonly statusCode?: number | undefined;
};

/** The summary of a verdict in a list. */
export const MARKS = ["delivered", "waiting", "retrying", "parked", "failed", "not_due"] as const;
export type Mark = (typeof MARKS)[number];

export type DeliveryFacts = {
  readonly state: "pending" | "delivered" | "failed" | "cancelled";
  /** The reason of a failed delivery. */
  readonly reason: string | null;
  readonly isLeased: boolean;
  /** Null behind the ordering key. */
  readonly dueAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** The status of the latest attempt, 0 without an answer; null before the first attempt. */
  readonly statusCode: number | null;
};

export type EndpointFacts = {
  readonly status: EndpointStatus;
  readonly breaker: {
    readonly openedAt: Instant;
    readonly probeAt: Instant;
    /** The status of the endpoint's latest attempt. */
    readonly statusCode: number | null;
  } | null;
  /** Until when the receiver asked for no requests. */
  readonly pausedUntil: Instant | null;
  /** The start of the time that deliveries have been parked; null while the endpoint is enabled. */
  readonly parkedAt: Instant | null;
  /** Whether the endpoint or its application has a rate. */
  readonly hasRate: boolean;
};

const FAILED: Readonly<Record<string, VerdictKind>> = {
  refused: "failed_final",
  exhausted: "failed_exhausted",
  backlog_full: "backlog_full",
  content_damaged: "damaged",
  content_expunged: "expunged",
  expired: "expired",
};

export function deliveryVerdict(
  delivery: DeliveryFacts,
  endpoint: EndpointFacts,
  now: Instant,
): Verdict {
  const { state, finishedAt, reason } = delivery;
  const answered = delivery.statusCode === null ? {} : { statusCode: delivery.statusCode };
  const ended = finishedAt === null ? answered : { since: finishedAt, ...answered };
  if (state === "delivered" || state === "cancelled") return { kind: state, ...ended };
  if (state === "failed") {
    const kind = Object.hasOwn(FAILED, reason ?? "") ? FAILED[reason ?? ""] : undefined;
    return { kind: kind ?? "failed_final", ...ended };
  }
  return { ...pendingVerdict(delivery, endpoint, now), ...answered };
}

/** A leased delivery is on its way, even after a change of its endpoint. */
function pendingVerdict(delivery: DeliveryFacts, endpoint: EndpointFacts, now: Instant): Verdict {
  const { status, breaker, parkedAt } = endpoint;
  if (delivery.isLeased) return { kind: "sending" };
  if (status === "deleted") return { kind: "cancelled" };
  if (status !== "enabled") {
    const kind = status === "paused" ? "parked_paused" : "parked_disabled";
    return parkedAt === null ? { kind } : { kind, since: parkedAt };
  }
  const { dueAt } = delivery;
  if (dueAt === null) return { kind: "behind_key" };
  const nextAt = Math.max(dueAt, breaker?.probeAt ?? 0, endpoint.pausedUntil ?? 0);
  if (breaker !== null) {
    const { openedAt: since, statusCode } = breaker;
    return { kind: "breaker_open", since, nextAt, ...(statusCode === null ? {} : { statusCode }) };
  }
  if ((endpoint.pausedUntil ?? 0) > Math.max(now, dueAt)) return { kind: "asked_to_wait", nextAt };
  if (dueAt <= now && endpoint.hasRate) return { kind: "rate_limited" };
  return { kind: "due", nextAt };
}

/**
 * The verdict of an event without a delivery to the endpoint. `unwanted` is the result of `findUnwanted` for the
 * endpoint as it is now.
 */
export function absentVerdict(p: {
  readonly unwanted: Unwanted | null;
  /** The server stored the event as one that reports nothing new. */
  readonly isSuppressed: boolean;
  readonly hasFilter: boolean;
  readonly acceptedAt: Instant;
  readonly endpointCreatedAt: Instant;
}): Verdict {
  if (p.isSuppressed) return { kind: "stale" };
  const isYounger = p.endpointCreatedAt > p.acceptedAt;
  if (p.unwanted !== null && p.unwanted !== "disabled") return { kind: p.unwanted };
  if (isYounger) return { kind: "made_later", since: p.endpointCreatedAt };
  if (p.unwanted !== null) return { kind: p.unwanted };
  return { kind: p.hasFilter ? "filtered" : "changed_since" };
}

const BADNESS: ReadonlyMap<VerdictKind, number> = new Map(
  VERDICT_KINDS.map((kind, place) => [kind, place]),
);

/** Returns the first of the worst verdicts; null without one. */
export function worstVerdict<One extends { readonly verdict: Verdict<unknown> }>(
  cells: readonly One[],
): One | null {
  let worst: One | null = null;
  for (const cell of cells) {
    if (worst === null || toBadness(cell) < toBadness(worst)) worst = cell;
  }
  return worst;
}

export function toMark({ kind, statusCode }: Verdict<unknown>): Mark {
  switch (kind) {
    case "delivered":
      return "delivered";
    case "failed_final":
    case "failed_exhausted":
    case "backlog_full":
    case "damaged":
    case "expired":
    case "expunged":
      return "failed";
    case "parked_disabled":
    case "parked_paused":
      return "parked";
    case "breaker_open":
      // The status may be that of another delivery.
      return "waiting";
    case "asked_to_wait":
    case "rate_limited":
    case "behind_key":
    case "due":
    case "sending":
      return statusCode === undefined ? "waiting" : "retrying";
    default:
      return "not_due";
  }
}

function toBadness({ verdict }: { readonly verdict: Verdict<unknown> }): number {
  return BADNESS.get(verdict.kind) as number;
}
