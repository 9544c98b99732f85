/**
 * The two-level queue: first the endpoints with due work, then the deliveries of each. No query sorts all
 * deliveries, so the time of a claim does not depend on any backlog (I4).
 *
 * A delivery is leased when it carries the fence of its shard's owner. When a shard changes its owner its
 * fence grows, and everything leased under the old fence is due again without a write.
 *
 * Behind an open breaker deliveries keep their due times. Only one probe at a time is leased, and the
 * endpoint's time in the first level is the time of its probe.
 */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { AttemptNote } from "../../core/events/operational-events.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { LeasedListener, LeasedDelivery } from "../queue/leased-delivery.ts";
import type { IdempotencyKey } from "../idempotency.ts";

export type AttemptRow = {
  readonly id: string;
  readonly at: number;
  readonly durationMs: number;
  /** The endpoint's URL, never a rendered query (I10). */
  readonly url: string;
  /** 0 without a status line. */
  readonly statusCode: number;
  /** Response prefix, or a plain-language reason without a response. */
  readonly response: string;
  readonly reason: string | null;
  readonly succeeded: boolean;
  readonly trigger: "scheduled" | "manual";
  /** True when a reused connection broke during the attempt and the request was sent again on a new one. */
  readonly isResent: boolean;
  /** How it went on the wire, as `writeDetail` writes it; null where nothing of it is kept. */
  readonly detail: string | null;
};

/** Result of one attempt, already judged by `core/delivery/after-attempt.ts`; the store only writes it. */
export type RecordedOutcome = {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly shard: number;
  readonly fence: number;
  /** Null when the fault was Hookline's and no attempt is used up (I7). */
  readonly attempt: AttemptRow | null;
  readonly next:
    | { readonly state: "delivered" }
    | { readonly state: "pending"; readonly slot: number; readonly dueAt: number }
    | { readonly state: "failed"; readonly reason: string };
  /** The endpoint's health after the attempt; null when unchanged. */
  readonly health: EndpointHealth | null;
  /** The endpoint's breaker after the attempt, null when it closed; absent when unchanged. */
  readonly breaker?: OpenBreaker | null;
  /** Instant until which the receiver asked for no requests (`Retry-After`); absent when unchanged. */
  readonly pausedUntil?: number;
  /**
   * Operational events about the attempt, accepted in the same commit. A recovery is left out where the earlier
   * attempts were not reported as failing. Nothing is accepted for a stale
   * outcome, without an endpoint of the operator, or when this endpoint belongs to the operator.
   */
  readonly operationalEvents?: readonly AttemptNote[];
};

/** A delivery whose 72 hours ended while the failed probe of its endpoint counted as its last attempt. */
export type ExpiredDelivery = {
  readonly deliveryId: number;
  readonly eventId: string;
  readonly endpointId: string;
  readonly dialect: Dialect;
  readonly attempts: number;
  /** The endpoint's latest attempt: the probe that counts as the last one. */
  readonly probe: { readonly attemptId: string | null; readonly failedAt: number };
};

export interface QueueStore {
  /**
   * Maximum delay between polls for due work, in milliseconds. Notifications are hints; polling is
   * authoritative. Multi-node stores poll more often.
   */
  pollIntervalMs(): number;
  /**
   * Time to collect outcomes for the next commit when the previous one took `tookMs`, in milliseconds. A
   * commit of several round trips should carry many outcomes; 0 where it has none.
   */
  batchDelayMs(p: { tookMs: number }): number;
  /** The engine of this node; deliveries that accept leased for it arrive here after the commit. */
  listen(p: { owner: string; onLeased: LeasedListener }): void;
  /**
   * Enabled endpoints of shards held by `owner` with work due at `now`, soonest first. `nextDueAt` of the
   * last page is the time of the next poll; null when nothing is scheduled. Endpoints of an application that
   * holds its share of the leases are left out, and `isHeldBack` says that there is such an application.
   */
  dueEndpoints(p: {
    owner: string;
    now: number;
    limit: number;
    /** Endpoints to exclude, because their lanes are full or paused. */
    except: readonly string[];
  }): Promise<{
    readonly endpointIds: readonly string[];
    readonly nextDueAt: number | null;
    readonly isHeldBack?: true;
  }>;
  /**
   * Leases up to `room` due deliveries of each endpoint to the owner of its shard. When more are due, a
   * quarter of the room is for those due longest and the rest for the newest. A recovered endpoint then gets
   * recent events without waiting for hours.
   *
   * Shards not held by `owner`, and endpoints not enabled, return none. Ordered deliveries behind their
   * predecessor have no due time and never appear here. An endpoint with an open breaker returns only its oldest due delivery, as the probe. This needs a past `probeAt` and no leased delivery of the endpoint.
   */
  claim(p: {
    owner: string;
    now: number;
    endpoints: readonly { readonly endpointId: string; readonly room: number }[];
  }): Promise<{
    readonly leased: readonly LeasedDelivery[];
    /** Endpoints with more due work than was claimed. */
    readonly more: readonly string[];
  }>;
  /**
   * Writes outcomes, many per commit. An outcome with a stale fence is rejected and returned; it changes
   * nothing. A delivery that leaves `pending` passes its due time to the next one of its ordering key. A
   * `breaker` that closed makes all waiting deliveries due and wakes their owner.
   *
   * `suppressed` is the number of operational events left out since the last call, by the limits of
   * `operational-event-limiter.ts`.
   *
   * An outcome that no row can represent fails the call with `internal`, or with an error other than
   * `AppError`. The call then writes nothing, and the other outcomes can be written without it.
   */
  record(p: { outcomes: readonly RecordedOutcome[]; now: number }): Promise<{
    readonly stale: readonly number[];
    readonly due: readonly string[];
    readonly suppressed: number;
  }>;
  /** Releases leased deliveries without an attempt, due at `dueAt`; null keeps their due times. */
  release(p: {
    deliveries: readonly {
      readonly deliveryId: number;
      readonly endpointId: string;
      readonly shard: number;
      readonly fence: number;
    }[];
    dueAt: number | null;
  }): Promise<void>;
  /**
   * Makes one delivery due now in any state, as a manual attempt with the same dedupe id. A finished delivery
   * is reopened, and a missing delivery of the event is created. A replayed delivery leaves its order for
   * good.
   *
   * Null when the endpoint or event is unknown or its content is gone. A repeat under the same
   * `idempotencyKey` changes nothing.
   */
  replay(p: {
    appRef: string;
    eventId: string;
    endpointRef: string;
    now: number;
    idempotencyKey?: IdempotencyKey | null;
  }): Promise<{ readonly eventId: string; readonly endpointId: string } | null>;
  /** Makes deliveries due that have waited behind a predecessor longer than their `skipAfter`. */
  skipOverdue(p: { now: number; limit: number }): Promise<{ readonly due: readonly string[] }>;
  /**
   * Deliveries past their deadline become `failed: exhausted` where the endpoint's breaker is open (I6). Its shard must be held by `owner`, and its latest probe must have failed at `failedSince` or later. The deadline is `deadlineMs`
   * after the start of the schedule, without parked time. Leased deliveries are skipped.
   *
   * A call examines about `limit` rows and keeps the writer busy for a few milliseconds. `next` is passed as
   * `after` to continue; null at the end.
   */
  expireBehindBreaker(p: {
    owner: string;
    now: number;
    failedSince: number;
    deadlineMs: number;
    limit: number;
    after: string | null;
  }): Promise<{ readonly expired: readonly ExpiredDelivery[]; readonly next: string | null }>;
}
