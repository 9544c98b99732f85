/** Deliveries that failed for good, by the time at which they failed. One that is sent again leaves at once. */
import type {
  FailureEnd,
  FailureReason,
  LastAttempt,
} from "../../core/delivery/failure-reasons.ts";
import type { EndpointStatus } from "../../core/events/endpoint-match.ts";
import type { Page, PageRequest } from "../page.ts";

/** Absent fields match everything. */
export type FailureFilter = {
  /** Inclusive. */
  readonly failedSince?: number;
  /** Exclusive. */
  readonly failedUntil?: number;
  /** The end of the delivery, or the reason of its last attempt, is one of them. */
  readonly reasons?: readonly FailureReason[];
  /** Status classes of the last attempt: 0, 100, 200, 300, 400 or 500; 0 means no status line. */
  readonly statusCodeClasses?: readonly number[];
  readonly eventTypes?: readonly string[];
};

export type FailedDelivery = {
  readonly eventId: string;
  readonly eventType: string;
  readonly endpoint: {
    readonly id: string;
    readonly url: string;
    readonly status: EndpointStatus;
  };
  readonly app: { readonly id: string; readonly uid: string | null; readonly name: string };
  /** Which of several webhooks of the event it is. */
  readonly part: number;
  readonly failedAt: number;
  readonly attempts: number;
  readonly end: FailureEnd;
  /** Null when no attempt was made, or when it is deleted already. */
  readonly lastAttempt: LastAttempt | null;
};

export type FailurePage = Page<FailedDelivery> & { readonly searchedTo: number | null };

/** The failed deliveries that a replay would send. Counts are lower bounds unless `isExact`. */
export type FailureSummary = {
  readonly estimate: number;
  readonly isExact: boolean;
  /** Those with most failures first, up to the limit `replayedEndpoints`; without deleted ones. */
  readonly endpoints: readonly {
    readonly endpointId: string;
    readonly url: string;
    readonly appId: string;
    readonly count: number;
    readonly status: EndpointStatus;
    readonly isBreakerOpen: boolean;
  }[];
  readonly hasMoreEndpoints: boolean;
};

/** Lower bounds unless `isExact`. */
export type FailureCount = {
  readonly count: number;
  readonly isExact: boolean;
  readonly endpoints: number;
};

export interface FailureStore {
  /** Failures of all applications since an instant, up to 10,000, and the number of their endpoints. */
  countRecent(p: { since: number }): Promise<FailureCount>;
  /** Null when the app is unknown. Of endpoints, unknown ones are left out; null is any endpoint. */
  summary(p: {
    appRef: string | null;
    endpointRefs: readonly string[] | null;
    filter: FailureFilter;
    now: number;
    /** Content accepted before is not replayed. */
    keptSince: number;
  }): Promise<FailureSummary | null>;
  /**
   * The newest failure first; all applications' when `appRef` is null. Null when the app is unknown. A null `endpointRef` is any endpoint; an unknown one has no failures.
   * `window.after` is a cursor of `core/delivery/failure-cursor.ts`. A page that
   * ends early says how far it came.
   */
  list(p: {
    appRef: string | null;
    endpointRef: string | null;
    window: PageRequest;
    filter: FailureFilter;
  }): Promise<FailurePage | null>;
}
