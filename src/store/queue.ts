/**
 * The two-level queue: which endpoints have due work, and below them their deliveries. Nothing ever
 * orders over all deliveries, so the time of a claim does not depend on any backlog (I4).
 *
 * A delivery is leased by carrying the fence of its shard's owner. When a shard changes hands its
 * fence grows, and everything that was leased under the old one is due again without being touched.
 *
 * Behind an open breaker deliveries stay as they are, due at whatever instant they were: nothing is
 * handed over but one probe at a time, and the endpoint's place in the first level is its probe's.
 */
import type { OpenBreaker } from "../core/breaker.ts";
import type { EndpointHealth } from "../core/endpoint-health.ts";
import type { AttemptNote } from "../core/operational-events.ts";
import type { Dialect } from "../core/snapshot.ts";
import type { LeasedListener, LeasedDelivery } from "./leased-delivery.ts";
import type { IdempotencyKey } from "./idempotency.ts";

export type AttemptRow = {
  readonly id: string;
  readonly at: number;
  readonly durationMs: number;
  /** The endpoint's URL, never a rendered query (I10). */
  readonly url: string;
  /** 0 when no status line came. */
  readonly statusCode: number;
  /** Response prefix, or the plain-language reason when there was no response. */
  readonly response: string;
  readonly reason: string | null;
  readonly succeeded: boolean;
  readonly trigger: "scheduled" | "manual";
  /** A kept connection broke under it, and it was sent once more on a new one. */
  readonly isResent: boolean;
};

/** What came of one attempt, already judged by `core/after-attempt.ts`; the store only writes it. */
export type RecordedOutcome = {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly shard: number;
  readonly fence: number;
  /** Null when the fault was ours and no attempt is used up (I7). */
  readonly attempt: AttemptRow | null;
  readonly next:
    | { readonly state: "delivered" }
    | { readonly state: "pending"; readonly slot: number; readonly dueAt: number }
    | { readonly state: "failed"; readonly reason: string };
  /** The endpoint's health after it; null when unchanged. */
  readonly health: EndpointHealth | null;
  /** The endpoint's breaker after it, null when that closed; absent when nothing turned. */
  readonly breaker?: OpenBreaker | null;
  /** The receiver asked to be left alone until then (`Retry-After`); absent when nothing changed. */
  readonly pausedUntil?: number;
  /**
   * What the operator's endpoints are told of it, in the same commit: nothing when it was stale, when
   * there are no such endpoints, and when this endpoint is one of them.
   */
  readonly operationalEvents?: readonly AttemptNote[];
};

/** A delivery whose 72 hours ended while a failed probe of its endpoint spoke for it. */
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
   * How long an engine may go without looking for due work: wake-ups are a courtesy, looking is the
   * truth, and where other nodes accept as well it is looked more often. Milliseconds.
   */
  pollIntervalMs(): number;
  /**
   * How long outcomes should gather for the next commit when the one before took `tookMs`: one that
   * costs several ways to a server has to carry many. Milliseconds; 0 where it costs none.
   */
  batchDelayMs(p: { tookMs: number }): number;
  /** The engine of this node; deliveries that accept leased for it arrive here after the commit. */
  listen(p: { owner: string; onLeased: LeasedListener }): void;
  /**
   * Endpoints of shards held by `owner` that are enabled and have work due at `now`, soonest first.
   * `nextDueAt` of the last page tells when to look again; null when nothing is scheduled.
   */
  dueEndpoints(p: {
    owner: string;
    now: number;
    limit: number;
    /** Endpoints whose lanes are full or held back: they are left out. */
    except: readonly string[];
  }): Promise<{ readonly endpointIds: readonly string[]; readonly nextDueAt: number | null }>;
  /**
   * Leases up to `room` due deliveries of each endpoint to the owner of its shard. When more are due
   * than that, a quarter of the room is for those due longest and the rest for the newest, so that a
   * healed endpoint does not wait for hours for what just happened. Shards not held by `owner`, and
   * endpoints not enabled, give none. Ordered deliveries behind their predecessor have no due time
   * and are never seen here. An endpoint whose breaker is open gives its oldest due delivery alone,
   * as the probe, when its `probeAt` has come and nothing of it is leased.
   */
  claim(p: {
    owner: string;
    now: number;
    endpoints: readonly { readonly endpointId: string; readonly room: number }[];
  }): Promise<{
    readonly leased: readonly LeasedDelivery[];
    /** Endpoints that have more work due than was claimed. */
    readonly more: readonly string[];
  }>;
  /**
   * Writes outcomes, many per commit. One whose fence is stale is rejected and named; it changed
   * nothing. A delivery that leaves `pending` gives its due time to the next one of its ordering key.
   * A `breaker` that closed makes all that waited behind it due, and its owner is woken. `suppressed` is
   * how many events the operator was spared since the last call: beyond 20 of one endpoint or 1,000
   * in all within a minute, none are made. One that no row can hold fails the call, as `internal` or
   * as no `AppError` at all; nothing of the call is written then, and the others alone can be.
   */
  record(p: { outcomes: readonly RecordedOutcome[]; now: number }): Promise<{
    readonly stale: readonly number[];
    readonly due: readonly string[];
    readonly suppressed: number;
  }>;
  /** Gives leased deliveries back unattempted, due at `dueAt`; null leaves them due as they were. */
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
   * Makes one delivery due now whatever its state, as a manual attempt with the same dedupe id; a
   * finished one reopens. Null when the endpoint or event is unknown or its content is gone. Makes
   * the delivery when the endpoint never had one for the event. Never re-enters the order. A repeat
   * under the same `idempotencyKey` changes nothing.
   */
  replay(p: {
    appRef: string;
    eventId: string;
    endpointRef: string;
    now: number;
    idempotencyKey?: IdempotencyKey | null;
  }): Promise<{ readonly eventId: string; readonly endpointId: string } | null>;
  /** Deliveries waiting behind a predecessor longer than their `skipAfter` become due. */
  skipOverdue(p: { now: number; limit: number }): Promise<{ readonly due: readonly string[] }>;
  /**
   * Deliveries past their deadline (`deadlineMs` after the start of their schedule, parked time not
   * counted) become `failed: exhausted` where the endpoint's breaker is open, its shard is `owner`'s
   * and its latest probe failed at `failedSince` or later (I6). What is leased is left alone. Looks
   * at about `limit` rows and holds the writer for a few milliseconds; `next` is to be given as
   * `after` to go on, null at the end.
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
