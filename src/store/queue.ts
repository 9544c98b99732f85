/**
 * The two-level queue: which endpoints have due work, and below them their deliveries. Nothing ever
 * orders over all deliveries, so the time of a claim does not depend on any backlog (I4).
 *
 * A delivery is leased by carrying the fence of its shard's owner. When a shard changes hands its
 * fence grows, and everything that was leased under the old one is due again without being touched.
 */
import type { EndpointHealth } from "../core/endpoint-health.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { LeasedListener } from "./accept.ts";

export type LeasedDelivery = {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly shard: number;
  readonly fence: number;
  readonly part: number;
  /** 1-based slot of the schedule that this attempt is. */
  readonly slot: number;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Start of the schedule: accept or `deliverAt`, moved on by parked time. */
  readonly baseAt: number;
  readonly dueAt: number;
  readonly trigger: "scheduled" | "manual";
  readonly snapshot: Snapshot;
};

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
};

export interface QueueStore {
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
   * Leases up to `room` due deliveries of each endpoint to the owner of its shard, oldest due first.
   * Shards not held by `owner`, and endpoints not enabled, give none. Ordered deliveries behind
   * their predecessor have no due time and are never seen here.
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
   */
  record(p: {
    outcomes: readonly RecordedOutcome[];
    now: number;
  }): Promise<{ readonly stale: readonly number[]; readonly due: readonly string[] }>;
  /** Gives leased deliveries back unattempted, due at `dueAt` (stop, deleted lane, own fault). */
  release(p: {
    deliveries: readonly {
      readonly deliveryId: number;
      readonly endpointId: string;
      readonly shard: number;
      readonly fence: number;
    }[];
    dueAt: number;
  }): Promise<void>;
  /**
   * Makes one delivery due now whatever its state, as a manual attempt with the same dedupe id; a
   * finished one reopens. Null when the endpoint or event is unknown or its content is gone. Makes
   * the delivery when the endpoint never had one for the event. Never re-enters the order.
   */
  replay(p: {
    appRef: string;
    eventId: string;
    endpointRef: string;
    now: number;
  }): Promise<{ readonly eventId: string; readonly endpointId: string } | null>;
  /** Deliveries waiting behind a predecessor longer than their `skipAfter` become due. */
  skipOverdue(p: { now: number; limit: number }): Promise<{ readonly due: readonly string[] }>;
}
