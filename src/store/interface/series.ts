/** Series for charts: sums of attempts and samples of backlogs by time, folded to longer spans. */
import type { Dialect } from "../../core/snapshot.ts";
import type { Span } from "../../core/series/series.ts";

/** Sums of one endpoint in one minute. */
export type NewSums = {
  readonly endpointId: string;
  /** Start of the minute. */
  readonly at: number;
  /** In the order of `core/series/series.ts`. */
  readonly counts: readonly number[];
};

/** Events that the node accepted in one minute, with the time that each publish took. */
export type NewAccepted = {
  readonly at: number;
  readonly events: number;
  /** Publishes by the bucket of their duration. */
  readonly durations: readonly number[];
};

export type Backlog = {
  readonly appSeq: number;
  readonly pending: number;
  readonly parked: number;
};

/** One point of a series. */
export type SeriesPoint = {
  readonly at: number;
  readonly counts: readonly number[];
  /** The greatest sample; null without a sample. */
  readonly pending: number | null;
  readonly parked: number | null;
};

export type SeriesOf = {
  readonly endpointId: string | null;
  readonly dialect: Dialect | null;
  readonly points: readonly SeriesPoint[];
};

export interface SeriesStore {
  /** Adds sums to the charts of their endpoints, of the applications of these, and of all. */
  append(p: {
    sums: readonly NewSums[];
    accepted: readonly NewAccepted[];
    /** Null without a sample in this call. */
    backlogs: { readonly at: number; readonly apps: readonly Backlog[] } | null;
  }): Promise<void>;
  /** Pending and parked deliveries of every application that has any, from the tallies. */
  backlogs(): Promise<readonly Backlog[]>;
  /**
   * Points in `since <= at < until`, oldest first, by multiples of `stepMs`; a point without any number is absent.
   * Null when the application or an endpoint is unknown.
   */
  read(p: {
    /** Null reads the series of all applications. */
    appRef: string | null;
    /** Null reads the series of the application. */
    endpointRefs: readonly string[] | null;
    since: number;
    until: number;
    spanMs: Span;
    stepMs: number;
    groupBy: "none" | "dialect" | "endpoint";
  }): Promise<readonly SeriesOf[] | null>;
  /** Accepted events and the time of their publishes, over all nodes. */
  accepted(p: {
    since: number;
    until: number;
    spanMs: Span;
    stepMs: number;
  }): Promise<readonly NewAccepted[]>;
}
