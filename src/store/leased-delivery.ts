import type { Snapshot } from "../core/snapshot.ts";

export type LeasedDelivery = {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly shard: number;
  readonly fence: number;
  readonly webhookIndex: number;
  /** 1-based slot of the schedule that this attempt is. */
  readonly slot: number;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Start of the schedule: accept or `deliverAt`, moved on by parked time. */
  readonly baseAt: number;
  readonly dueAt: number;
  readonly trigger: "scheduled" | "manual";
  readonly snapshot: Snapshot;
  /** The endpoint's breaker is open and this is its probe. */
  readonly isProbe?: true;
};

/** What a commit hands to the engine of this node without a second look at the database. */
export type LeasedListener = (leased: readonly LeasedDelivery[], due: readonly string[]) => void;
