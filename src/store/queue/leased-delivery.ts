import type { Snapshot } from "../../core/snapshot.ts";

export type LeasedDelivery = {
  readonly deliveryId: number;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly shard: number;
  readonly fence: number;
  readonly webhookIndex: number;
  /** 1-based slot of the schedule that this attempt uses. */
  readonly slot: number;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Start of the schedule: accept or `deliverAt`, plus the parked time. */
  readonly baseAt: number;
  readonly dueAt: number;
  readonly trigger: "scheduled" | "manual";
  readonly snapshot: Snapshot;
  /** True when the endpoint's breaker is open and this is its probe. */
  readonly isProbe?: true;
};

/** Deliveries that a commit passes to the engine of this node without another query. */
export type LeasedListener = (leased: readonly LeasedDelivery[], due: readonly string[]) => void;
