/** The parameters of the functions in `writes.ts` and `reads.ts`. */
import type { LimitValues } from "../../../core/limits.ts";
import type { AcceptOptions } from "../../interface/accept.ts";
import type { HistoryWriteSession } from "../../history/session.ts";
import type { WriterAcceptState } from "../accept/accept-types.ts";
import type { Backlog } from "../queue/backlog.ts";
import type { LeaseRoom } from "../../queue/lease-room.ts";
import type { Connection } from "../connection.ts";
import type { Checkpoints } from "../file/checkpoint.ts";
import type { IdGenerator } from "../accept/id-generator.ts";
import type { AfterCommit } from "./after-commit.ts";
import type { PendingBytes } from "../accept/pending-bytes.ts";
import type { RegisterCache } from "../accept/register-cache.ts";
import type { Sequences } from "../accept/sequences.ts";
import type { OperationalEventLimiter } from "../../accept/operational-event-limiter.ts";
import type { Windows } from "../accept/dedupe-windows.ts";
import type { WriterState } from "./writer-state.ts";

/** Inside the writer thread, within the group's transaction. */
export type Writer = Connection & {
  /** Runs the rules of the store. */
  readonly session: HistoryWriteSession;
  /** The rows by which publishes are decided. */
  readonly accept: WriterAcceptState;
  readonly state: WriterState;
  readonly sequences: Sequences;
  readonly checkpoints: Checkpoints;
  readonly windows: Windows;
  readonly registers: RegisterCache;
  readonly backlog: Backlog;
  readonly pendingBytes: PendingBytes;
  readonly idGenerator: IdGenerator;
  readonly operationalEvents: OperationalEventLimiter;
  /** Tallies, endpoints with due work and changed endpoints; reported after the commit. */
  readonly afterCommit: AfterCommit;
  /** The endpoint changed: reported to the owner of its shard after the commit (I11). */
  readonly noteChanged: AfterCommit["changed"];
  /** The endpoint has due work: its owner is woken after the commit. */
  readonly noteDue: AfterCommit["due"];
  readonly limits: LimitValues;
  readonly decideSettings: AcceptOptions["decide"];
  /** Maximum of leased deliveries. */
  readonly leaseRoom: LeaseRoom;
  /** Owners of this process that take deliveries leased by accept. */
  readonly listening: ReadonlySet<string>;
  /** Whether other threads than the main thread call this writer and take leased deliveries. */
  readonly isShared: () => boolean;
  /** Whether a publish waits for the open transaction. */
  readonly isAwaited: () => boolean;
  /** The store's own clock, only for the end of leases. Instants of the domain are parameters. */
  readonly leaseNow: () => number;
};

/** Inside a reader thread (or the writer of a store in memory), within one read transaction. */
export type Reader = Connection & {
  /** Throws `overloaded` once the query's time is up; called between chunks of rows. */
  readonly checkDeadline: () => void;
};
