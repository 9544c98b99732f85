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

export interface FailureStore {
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
