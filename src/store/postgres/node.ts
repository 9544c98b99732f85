/**
 * What one node remembers between transactions. Nothing here is the truth: what another node may
 * have changed is looked up in the transaction that relies on it, and what is kept are counts that
 * may be a little off (quotas, room) and this node's own shards.
 */
import type { AcceptOptions } from "../accept.ts";
import type { Failpoint } from "../failpoint.ts";
import type { AppCache } from "./app-cache.ts";
import type { Backlog } from "./backlog.ts";
import type { IdGenerator } from "./id-generator.ts";
import type { LeaseClock } from "./lease-clock.ts";
import type { LeaseCounts } from "./lease-counts.ts";
import type { PendingBytes } from "./pending-bytes.ts";
import type { LocalShards } from "./local-shards.ts";
import type { Partitions } from "./partitions.ts";
import type { RowNumbers } from "./row-numbers.ts";
import type { OperationalEventLimiter } from "../operational-event-limiter.ts";

export type Node = LeaseClock & {
  readonly apps: AppCache;
  readonly shards: LocalShards;
  /** Whether the owner is an engine of this process, which takes deliveries leased by accept. */
  isListening(owner: string): boolean;
  /** How many deliveries are leased per endpoint and fence, to be let go straight to their lanes. */
  readonly leaseCounts: LeaseCounts;
  readonly backlog: Backlog;
  readonly pendingBytes: PendingBytes;
  readonly operationalEvents: OperationalEventLimiter;
  readonly idGenerator: IdGenerator;
  readonly numbers: RowNumbers;
  readonly partitions: Partitions;
  readonly decideSettings: AcceptOptions["decide"];
  /** Deliveries that accept may leave leased per endpoint. */
  readonly leaseRoom: number;
  readonly failpoint: Failpoint | null;
  /** What was accepted before this instant is past its retention and not seen any more. */
  horizon(): number;
  setHorizon(instant: number): void;
};
