/**
 * The memory of one node between transactions. None of it is authoritative: data that another node may have
 * changed is read in the transaction that relies on it. It holds counts that may be slightly off (quotas,
 * room) and this node's shards.
 */
import type { LimitValues } from "../../../core/limits.ts";
import type { AcceptOptions } from "../../interface/accept.ts";
import type { Failpoint } from "../../failpoint.ts";
import type { AppCache } from "../accept/app-cache.ts";
import type { Backlog } from "../queue/backlog.ts";
import type { IdGenerator } from "../accept/id-generator.ts";
import type { LogReceiver } from "../accept/log-receiver.ts";
import type { LeaseClock } from "./lease-clock.ts";
import type { LeaseRoom } from "../../queue/lease-room.ts";
import type { LeasedCounts } from "../../queue/leased-counts.ts";
import type { PendingBytes } from "../accept/pending-bytes.ts";
import type { LocalShards } from "./local-shards.ts";
import type { Partitions } from "../maintenance/partitions.ts";
import type { RowNumbers } from "../accept/row-numbers.ts";
import type { OperationalEventLimiter } from "../../accept/operational-event-limiter.ts";

export type Node = LeaseClock & {
  readonly apps: AppCache;
  readonly shards: LocalShards;
  /** Whether the owner is an engine of this process, which takes the deliveries that accept leases. */
  isListening(owner: string): boolean;
  /** The leased deliveries of this node. */
  readonly leaseCounts: LeasedCounts;
  readonly backlog: Backlog;
  readonly pendingBytes: PendingBytes;
  readonly operationalEvents: OperationalEventLimiter;
  readonly logReceiver: LogReceiver;
  readonly idGenerator: IdGenerator;
  readonly numbers: RowNumbers;
  readonly partitions: Partitions;
  readonly limits: LimitValues;
  readonly decideSettings: AcceptOptions["decide"];
  /** Maximum of leased deliveries. */
  readonly leaseRoom: LeaseRoom;
  readonly failpoint: Failpoint | null;
  /** Events accepted before this instant are past their retention and hidden. */
  horizon(): number;
  setHorizon(instant: number): void;
};
