/**
 * The statements of the queue that differ between the databases: row by row on SQLite, sets on PostgreSQL. The
 * rules in this folder decide the rows.
 */
import type { Occurrence } from "../accept/operational-events.ts";
import type { QueueStore, RecordedOutcome } from "../interface/queue.ts";
import type { TallyChange } from "../maintenance/tallies.ts";
import type { Steps } from "../steps.ts";
import type { Due, DueDelivery } from "./due.ts";
import type { QueueEndpoint } from "./queue-endpoint.ts";

export type OrderKey = {
  readonly appSeq: number;
  readonly endpointSeq: number;
  readonly orderingKey: string;
};
/** The first pending delivery of an ordering key; its due time is null while it waits. */
export type FirstOfKey = {
  readonly seq: number;
  readonly endpointSeq: number;
  readonly baseAt: number;
  readonly dueAt: number | null;
};

export type PendingDelivery = {
  readonly seq: number;
  readonly endpointSeq: number;
  readonly appSeq: number;
  readonly orderingKey: string | null;
};
/** How a delivery ends without an attempt. */
export type PendingEnd = {
  readonly state: "failed" | "cancelled";
  readonly reason: string | null;
  readonly now: number;
};
/** `heldBy` is the current fence under which the delivery was leased. */
export type EndedRow = {
  readonly seq: number;
  readonly bytes: number;
  readonly heldBy: number | null;
};

/** The change of a delivery's row after an attempt; null keeps the column. */
export type OutcomeChange = {
  readonly state: number;
  readonly dueAt: number | null;
  readonly slot: number | null;
  readonly reason: string | null;
  readonly finishedAt: number | null;
  readonly attempts: 0 | 1;
  readonly keepsManual: boolean;
};
/** Endpoints of any status by their ids, and the current fences of their shards. */
export type FencedEndpoints<Endpoint extends QueueEndpoint = QueueEndpoint> = {
  find(endpointId: string): Endpoint | null;
  fence(shard: number): number | undefined;
};
/** An outcome under the current fence of its shard. */
export type Current = { readonly outcome: RecordedOutcome; readonly endpoint: QueueEndpoint };
/** An outcome whose delivery was still leased under that fence. */
export type Written = Current & {
  readonly eventSeq: number;
  readonly orderingKey: string | null;
  readonly bytes: number;
  /** Number of attempts, with one that the outcome has. */
  readonly attempts: number;
};

/** A row of the queue. */
export type QueuePlace = {
  readonly endpointSeq: number;
  readonly endpointId: string;
  readonly shard: number;
  readonly nextDueAt: number;
};

export type QueueStatements = {
  /** Counts that apply after the commit. */
  tally(appSeq: number, change: TallyChange): void;
  /** Deliveries that entered (+) or left (-) the state pending. */
  pendingChanged(endpointSeq: number, count: number): void;
  /** Deliveries that stopped being leased under the fence. */
  leasesEnded(endpointSeq: number, fence: number, count: number): void;
  /** Puts endpoints with due deliveries into the queue and wakes their owners. Called near the end. */
  addDue(dues: readonly Due[]): Steps<void>;
  /** Adds rows of the queue, or moves them to an earlier time, and wakes the owners. */
  addPlaces(places: readonly QueuePlace[]): Steps<void>;
  /** Puts endpoints into the queue with their earliest due time, and wakes their owners. */
  requeueEndpoints(endpointSeqs: readonly number[]): Steps<void>;
  /** Takes endpoints out of the queue. */
  dequeueEndpoints(endpointSeqs: readonly number[]): Steps<void>;
  /** With every change of a breaker's next probe: cached ones are stale. Null is a closed breaker. */
  probeMoved(endpointSeq: number, probeAt: number | null): void;
  /** The endpoints of outcomes, and the fences of their shards, which stay until the transaction ends. */
  loadFenced(outcomes: readonly RecordedOutcome[]): Steps<FencedEndpoints>;
  /**
   * Writes the changes of deliveries that are still leased under their fences, and returns these in the given
   * order. Of several changes of one delivery only the first is written.
   */
  writeOutcomes(
    changes: readonly (Current & { readonly change: OutcomeChange })[],
  ): Steps<readonly Written[]>;
  /** Releases deliveries that are leased under the current fence, due at `dueAt` or as before. */
  releaseRows(
    p: Parameters<QueueStore["release"]>[0],
  ): Steps<readonly (Due & { readonly fence: number })[]>;
  insertAttempts(rows: readonly Written[]): Steps<void>;
  /** Locks the keys and finds the first pending delivery of each. */
  findFirsts(keys: readonly OrderKey[]): Steps<readonly FirstOfKey[]>;
  /** Sets the due times of deliveries that have none, and returns these. */
  makeDue(rows: readonly DueDelivery[]): Steps<readonly Due[]>;
  /** Ends deliveries that are pending, and returns these. */
  endRows<Delivery extends PendingDelivery>(
    deliveries: readonly Delivery[],
    change: { readonly state: number; readonly reason: string | null; readonly finishedAt: number },
  ): Steps<readonly EndedRow[]>;
  /** Publishes operational events in this transaction. */
  notifyOperator(occurrences: readonly Occurrence[]): Steps<void>;
  /**
   * The number of the operator's app while one of its endpoints asks for the log of attempts. On PostgreSQL the
   * answer may be a second old.
   */
  findLogReceiver(now: number): Steps<number | null>;
  /** Number of operational events that the limits left out since the last call. */
  drainSuppressed(): number;
  /** Whether the owner has a valid lease; it then stays valid until the transaction ends. */
  keepLease(owner: string): Steps<boolean>;
  /** One of the searches for overdue deliveries that are not leased. */
  searchOverdue(
    search: OverdueSearch,
    open: readonly OpenBreakerRow[],
    p: { readonly startedBefore: number; readonly limit: number },
  ): Steps<readonly OverdueRow[]>;
};

export type OpenBreakerRow = Pick<QueueEndpoint, "endpointId" | "dialect"> & {
  readonly endpointSeq: number;
  readonly probeFailedAt: number;
};
/** A search in one index of pending deliveries. `isOverdue` holds for the rows that it returns. */
export type OverdueSearch = {
  readonly index: "delivery_due" | "delivery_moved";
  /** Selects rows of `delivery`; `before` is the parameter with the latest start of a schedule. */
  where(before: string): string;
  readonly order: string;
};
export type OverdueRow = PendingDelivery & { readonly eventSeq: number; readonly attempts: number };
