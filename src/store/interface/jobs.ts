/**
 * Jobs: work on one endpoint's deliveries, or on an app's history, that is too long for one call, done in slices. A slice and the
 * position of the next one are one commit. A job therefore continues after a crash, and two workers never
 * repeat a slice.
 */
import type { TaskState } from "../../core/events/background-task.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Starter } from "./audit.ts";
import type { FailureFilter } from "./failures.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";

/**
 * The names are Svix's. `recover`: deliveries that failed or are parked. `replay`: events that the endpoint
 * would match and has no delivery of. `bulk-replay`: deliveries by filter.
 */
export type ReplayKind = "endpoint.recover" | "endpoint.replay" | "endpoint.bulk-replay";
/** The second erases a number, or all contents. Svix's clients know the name, and refuse a task with an unknown one. */
export type JobKind = ReplayKind | "application.purge_content" | StatisticsKind;
/**
 * Tasks of the operator over all apps: deliveries by app, and the event types that native endpoints ask for.
 */
export type StatisticsKind = "application.stats" | "event-type.aggregate";
export type JobState = TaskState;

/** Filter of `endpoint.bulk-replay`; absent fields match everything. */
export type ReplayFilter = {
  readonly eventTypes?: readonly string[];
  readonly channel?: string;
  readonly tag?: string;
  /** Absent selects delivered and failed ones. `pending` includes parked ones. */
  readonly state?: "delivered" | "pending" | "failed";
  /** Status class of the last attempt: 0, 100, 200, 300, 400 or 500; 0 means no status line. */
  readonly statusCodeClass?: number;
  /** Selects failed deliveries by their failures, in the order in which they failed. */
  readonly failures?: Omit<FailureFilter, "eventTypes">;
  /** With `state: "pending"`: sends now and keeps the times of the remaining attempts (I6). */
  readonly keepsSchedule?: true;
};

/** Accepted at or after `since` and before `until`; null includes everything up to now. */
export type ReplayParams = {
  readonly since: number;
  readonly until: number | null;
  readonly filter: ReplayFilter;
};

export type NewJob = {
  readonly id: string;
  readonly kind: ReplayKind;
  readonly params: ReplayParams;
  readonly createdAt: number;
};

export type Job = Omit<NewJob, "kind"> & {
  readonly kind: JobKind;
  readonly appId: string;
  /** The group of the call that made it with others; null without one. */
  readonly groupId: string | null;
  /** Null for a job of the server, and of a call that no note of an actor came with. */
  readonly startedBy: Starter | null;
  /** Null for a job of the app. */
  readonly endpointId: string | null;
  readonly state: JobState;
  /**
   * Number of deliveries, or missed events, that were made due; number of erased events; number of counted
   * deliveries, or of endpoints that were read.
   */
  readonly done: number;
  /** Part of the period that has been searched, from 0 to 1. */
  readonly progress: number;
  /**
   * Cause of a failure: `endpoint_deleted`, `result_too_large` or `store_copied`. Reasons for a wait while running: `backlog_full`, and
   * `fan_out_pending` for events whose deliveries are not made yet.
   */
  readonly reason: string | null;
  readonly updatedAt: number;
};

/** A row of the result of a statistics task. */
export type ResultRow = {
  readonly appId: string;
  readonly appUid: string | null;
  /** An event type. Empty in `application.stats`, and for endpoints that ask for every type. */
  readonly name: string;
  /** The number of deliveries in `application.stats`. */
  readonly amount: number;
};
export type ResultPlace = { readonly place: number; readonly name: string };
export type ResultPage = {
  readonly rows: readonly ResultRow[];
  /** The place after which the next page begins; null on the last page. */
  readonly next: ResultPlace | null;
};

/** Tasks of one call. */
export type ReplayGroup = { readonly groupId: string; readonly tasks: number };
/** `isExact` is false when there may be more. */
export type ReplayEstimate = { readonly estimate: number; readonly isExact: boolean };

export interface JobStore {
  /** Called for every job created through this node; jobs of other nodes are found by polling. */
  listen(p: { onCreated: () => void }): void;
  /**
   * Null when the app or the endpoint is unknown. Refuses with `rate_limited` when too many jobs of the app
   * are running. Later events are not part of the job.
   */
  create(p: {
    appRef: string;
    endpointRef: string;
    job: NewJob;
    idempotencyKey: IdempotencyKey | null;
    startedBy?: Starter;
  }): Promise<Idempotent<Job> | null>;
  /**
   * Creates a bulk replay per endpoint under one group. Null when the app is unknown; a null `appRef` is for endpoints of any app. Tasks
   * beyond those that may run at once wait for their turn. Refuses with `rate_limited` when too many wait.
   */
  createGroup(p: {
    appRef: string | null;
    groupId: string;
    jobs: readonly { readonly id: string; readonly endpointId: string }[];
    params: ReplayParams;
    createdAt: number;
    idempotencyKey: IdempotencyKey | null;
    startedBy?: Starter;
  }): Promise<Idempotent<ReplayGroup> | null>;
  /**
   * The number of deliveries, or of missed events, that such a job would make due now. Of many rows only the first are read, and the number is
   * then not exact: there are at least as many. Null when the app or the endpoint is unknown.
   */
  estimate(p: {
    appRef: string;
    endpointRef: string;
    kind: ReplayKind;
    params: ReplayParams;
    now: number;
    keptSince: number;
  }): Promise<ReplayEstimate | null>;
  /**
   * Deletes the contact and its conversations, and starts the job that erases the number in the events that
   * were accepted before. Opt-outs stay as keyed hashes. While the same number is being erased, returns that
   * job. Null when the app is unknown. Refuses with `conflict` the number of a registered line, and with
   * `rate_limited` while another number of the app is being erased.
   */
  eraseNumber(p: { appRef: string; number: string; id: string; now: number }): Promise<Job | null>;
  /**
   * Starts the job that deletes the contents of all events that were accepted before. While one is running,
   * returns that one, which then covers later events too. Null when the app is unknown.
   */
  purgeContent(p: {
    appRef: string;
    id: string;
    now: number;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Job | null>;
  /**
   * Starts a statistics task, a job of the operator's app. `appRefs` null includes all apps. `unknown` has the
   * references that no app has. Refuses with `invalid_field` when no app has any of them, and with
   * `rate_limited` like `create`.
   */
  createStatistics(p: {
    kind: StatisticsKind;
    since: number;
    until: number | null;
    appRefs: readonly string[] | null;
    id: string;
    now: number;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<{ readonly job: Job; readonly unknown: readonly string[] }>;
  /** The result of a statistics task, in the order of apps and names, without apps that were deleted. */
  result(p: { id: string; after: ResultPlace | null; limit: number }): Promise<ResultPage>;
  /** Finds a job of any app when `appRef` is null. Null when unknown. */
  get(p: { appRef: string | null; id: string }): Promise<Job | null>;
  /**
   * Lists jobs of all apps when `appRef` is null; null when the app is unknown. `window.after` is a job id.
   */
  list(p: {
    appRef: string | null;
    window: PageRequest;
    states?: readonly JobState[];
    kind?: string;
  }): Promise<Page<Job> | null>;
  /** No slice is done after the answer. A finished job stays unchanged. Null when unknown. */
  cancel(p: { appRef: string | null; id: string; now: number }): Promise<Job | null>;
  /**
   * The same for the jobs of a group: of all apps, or of the app's own. Null when there is none. The number is of those that had not
   * ended.
   */
  cancelGroup(p: {
    appRef: string | null;
    groupId: string;
    now: number;
  }): Promise<{ readonly cancelled: number } | null>;
  /**
   * Runs the next slice of every due job, for about `sliceMs`. A slice has at most `limit` deliveries, and
   * all slices of a job together at most `perSecond`. Content accepted before `keptSince` is skipped, because
   * retention is about to delete it.
   */
  step(p: {
    now: number;
    limit: number;
    perSecond: number;
    sliceMs: number;
    keptSince: number;
  }): Promise<{
    /** Deliveries made due in this step. */
    readonly done: number;
    /** Time of the next slice; null when no job is running. */
    readonly nextAt: number | null;
    /** Jobs that ended in this step. */
    readonly ended: readonly Job[];
  }>;
}
