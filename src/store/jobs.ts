/**
 * Jobs: work on one endpoint's deliveries that is too long for one call, done in slices. A slice and
 * the place where the next one begins are one commit, so a job goes on after any death where it
 * stopped, and two that work on it at once do nothing twice.
 */
import type { Page, PageRequest } from "./page.ts";
import type { Idempotent, IdempotencyKey } from "./idempotency.ts";

/**
 * `recover`: deliveries that failed or are parked. `replay`: events that the endpoint would get and
 * was never owed. `bulk-replay`: deliveries by filter. The words are Svix's.
 */
export type JobKind = "endpoint.recover" | "endpoint.replay" | "endpoint.bulk-replay";
export type JobState = "running" | "finished" | "failed" | "cancelled";

/** Of `endpoint.bulk-replay`; what is absent passes everything. */
export type ReplayFilter = {
  readonly eventTypes?: readonly string[];
  readonly channel?: string;
  readonly tag?: string;
  /** Delivered and failed ones when absent. `pending` has the parked ones too. */
  readonly state?: "delivered" | "pending" | "failed";
  /** Of the last attempt: 0, 100, 200, 300, 400 or 500; 0 is no status line at all. */
  readonly statusCodeClass?: number;
  /** With `state: "pending"`: due now, with the attempts that it has left at their times (I6). */
  readonly keepsSchedule?: true;
};

/** What was accepted from `since` on and before `until`; null is all that is there by now. */
export type ReplayParams = {
  readonly since: number;
  readonly until: number | null;
  readonly filter: ReplayFilter;
};

export type NewJob = {
  readonly id: string;
  readonly kind: JobKind;
  readonly params: ReplayParams;
  readonly createdAt: number;
};

export type Job = NewJob & {
  readonly appId: string;
  readonly endpointId: string;
  readonly state: JobState;
  /** Deliveries, or missed events, that were made due. */
  readonly done: number;
  /** Part of the period that has been searched, from 0 to 1. */
  readonly progress: number;
  /** Why it failed: `endpoint_deleted`; what it waits for while running: `backlog_full`. */
  readonly reason: string | null;
  readonly updatedAt: number;
};

export interface JobStore {
  /** Told of every job that was made through this node; another one's are found by looking. */
  listen(p: { onCreated: () => void }): void;
  /**
   * Null when the app or the endpoint is unknown. Refuses with `rate_limited` when too many jobs of
   * the app are running. What is accepted later is no part of it.
   */
  create(p: {
    appRef: string;
    endpointRef: string;
    job: NewJob;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Job> | null>;
  /** Of any app when `appRef` is null. Null when unknown. */
  get(p: { appRef: string | null; id: string }): Promise<Job | null>;
  /** Of all apps when `appRef` is null; null when the app is unknown. `window.after` is a job's id. */
  list(p: {
    appRef: string | null;
    window: PageRequest;
    states?: readonly JobState[];
    kind?: string;
  }): Promise<Page<Job> | null>;
  /** No slice of it is done after the answer. One that is over stays as it is. Null when unknown. */
  cancel(p: { appRef: string | null; id: string; now: number }): Promise<Job | null>;
  /**
   * The next slice of every job whose time has come, as far as about `sliceMs` goes. One slice is at
   * most `limit` deliveries, and all slices of a job at most `perSecond`. What was accepted before
   * `keptSince` is left alone: retention is about to take it.
   */
  step(p: {
    now: number;
    limit: number;
    perSecond: number;
    sliceMs: number;
    keptSince: number;
  }): Promise<{
    /** Made due in this step. */
    readonly done: number;
    /** When the next slice is to be done; null when no job is running. */
    readonly nextAt: number | null;
    /** Jobs that this step brought to their end. */
    readonly ended: readonly Job[];
  }>;
}
